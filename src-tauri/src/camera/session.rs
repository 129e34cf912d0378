//! One opening of the scanner: what its frames have shown by now, and the codes the person chooses between.

use crypto_core::qr::{self, Budget, Code};
use crypto_core::secret::SecretText;

use crate::app::scan::{Seen, Usable};
use crate::error::CommandError;
use crate::view::{ChoiceView, CornerView, FrameView, PartsView, ScanView};

/// What is known from the first frame to the last.
#[derive(Default)]
pub(crate) struct Session {
    scanner: qr::Scanner,
    /// Frames whose codes were passed over because another code was about to be read.
    passed_over: u8,
    /// What the person chooses between. No frame is looked at meanwhile.
    choices: Vec<SecretText>,
}

/// A frame and how long it may be looked at.
pub(crate) struct Look<'a> {
    pub(crate) luma: &'a [u8],
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) budget: Budget<'a>,
}

impl Session {
    /// Looks at a frame; `inspect` says what its texts are to the app.
    pub(crate) fn frame(
        &mut self,
        look: &Look<'_>,
        inspect: impl FnOnce(&[SecretText]) -> Seen,
    ) -> Result<FrameView, CommandError> {
        if !self.choices.is_empty() {
            return Ok(FrameView::nothing());
        }
        let Look { luma, width, height, budget } = *look;
        let state = self
            .scanner
            .frame(luma, width, height, width, budget)
            .map_err(|_| crate::error::Code::BadPicture)?;
        let parts = state.parts.map(|(have, of)| PartsView { have, of });
        let view = FrameView { parts, hint: state.hint.map(Into::into), ..FrameView::nothing() };
        if state.codes.is_empty() {
            self.passed_over = 0;
            return Ok(view);
        }
        if state.has_unread && self.passed_over < MOST_PASSED_OVER {
            self.passed_over += 1;
            return Ok(view);
        }
        let (texts, corners): (Vec<_>, Vec<_>) =
            state.codes.into_iter().map(|Code { text, corners, .. }| (text, corners)).unzip();
        match inspect(&texts) {
            Seen::Scan(scan) => Ok(FrameView { scan, ..view }),
            Seen::Several(usable) => {
                let choice = |Usable { index, title, detail }: Usable| {
                    let corners = corners.get(index)?.map(|corner| CornerView::of(corner, width, height));
                    Some((index, ChoiceView { title, detail, corners }))
                };
                let (places, choices): (Vec<_>, Vec<_>) = usable.into_iter().filter_map(choice).unzip();
                let mut texts: Vec<_> = texts.into_iter().map(Some).collect();
                self.choices = places.into_iter().filter_map(|place| texts.get_mut(place)?.take()).collect();
                Ok(FrameView { choices, ..view })
            }
        }
    }

    /// The person means this one; the others are forgotten.
    pub(crate) fn choose(&mut self, number: usize) -> Option<SecretText> {
        let mut choices = std::mem::take(&mut self.choices);
        (number < choices.len()).then(|| choices.swap_remove(number))
    }

    /// The person means none of them.
    pub(crate) fn go_on(&mut self) {
        *self = Self::default();
    }

    /// Whether the person is choosing.
    pub(crate) fn is_asking(&self) -> bool {
        !self.choices.is_empty()
    }
}

impl FrameView {
    /// Of a frame that shows nothing, or was not looked at.
    pub(crate) fn nothing() -> Self {
        Self { scan: ScanView::Nothing, choices: Vec::new(), parts: None, hint: None }
    }
}

/// A code half in view, or something like one, does not hold up the others for longer.
const MOST_PASSED_OVER: u8 = 3;

#[cfg(test)]
mod tests;
