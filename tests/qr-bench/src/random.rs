//! Random numbers that are the same on every machine.

/// PCG with 64 bits of state (XSH RR).
pub struct Random(u64);

impl Random {
    /// Frame `index` of `seed` depends on nothing else.
    pub fn new(seed: u64, index: u64) -> Self {
        let mut random =
            Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ index.wrapping_mul(0xd1b5_4a32_d192_ed03));
        for _ in 0..4 {
            random.next();
        }
        random
    }

    pub fn next(&mut self) -> u32 {
        let old = self.0;
        self.0 = old.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let mixed = (((old >> 18) ^ old) >> 27) as u32;
        mixed.rotate_right((old >> 59) as u32)
    }

    /// From 0 to 1, without 1.
    pub fn share(&mut self) -> f32 {
        (self.next() >> 8) as f32 / 16_777_216.0
    }

    pub fn between(&mut self, low: f32, high: f32) -> f32 {
        low + self.share() * (high - low)
    }

    pub fn below(&mut self, end: usize) -> usize {
        self.next() as usize % end.max(1)
    }

    pub fn chance(&mut self, share: f32) -> bool {
        self.share() < share
    }

    pub fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    /// About normal: the sum of four.
    pub fn normal(&mut self) -> f32 {
        let sum = self.share() + self.share() + self.share() + self.share();
        (sum - 2.0) * 1.732_050_8
    }
}
