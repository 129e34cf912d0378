//! A disk in memory that loses power.
//!
//! It promises what POSIX does and not more: bytes are safe after their file was synced, names after their
//! folder was. What was not synced may be lost, kept or torn, each on its own and in any order.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use countersign_app::backups::Placed;
use countersign_app::store::Disk;
use rand_chacha::ChaCha20Rng;
use rand_core::RngCore as _;

/// One folder and the files in it.
#[derive(Debug)]
pub(super) struct FaultyDisk(RefCell<State>);

#[derive(Debug)]
struct State {
    files: Vec<Content>,
    names: BTreeMap<PathBuf, usize>,
    safe_names: BTreeMap<PathBuf, usize>,
    /// Changes of names since the folder was synced.
    unsafe_names: Vec<Change>,
    fault: Fault,
    steps: u32,
    rng: ChaCha20Rng,
}

#[derive(Debug, Default)]
struct Content {
    seen: Vec<u8>,
    safe: Vec<u8>,
}

#[derive(Debug, Clone)]
enum Change {
    Name(PathBuf, usize),
    Rename(PathBuf, PathBuf),
}

/// What goes wrong, and at which step from where it was planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// Nothing.
    None,
    /// The power fails before the step, and every step after it fails.
    PowerBefore(u32),
    /// The power fails in the middle of the step.
    PowerDuring(u32),
    /// The step fails and the disk goes on, as when it is full.
    Error(u32),
}

impl FaultyDisk {
    pub(super) fn new(rng: ChaCha20Rng) -> Self {
        let (files, names, safe_names, unsafe_names) = Default::default();
        Self(RefCell::new(State {
            files,
            names,
            safe_names,
            unsafe_names,
            fault: Fault::None,
            steps: 0,
            rng,
        }))
    }

    /// Plans what goes wrong next.
    pub(super) fn plan(&self, fault: Fault) {
        let mut state = self.0.borrow_mut();
        state.fault = fault;
        state.steps = 0;
    }

    /// How many steps there were since the last plan.
    pub(super) fn steps(&self) -> u32 {
        self.0.borrow().steps
    }

    /// The power comes back: what is there is what survived.
    pub(super) fn power_returns(&self) {
        self.plan(Fault::None);
        let state = &mut *self.0.borrow_mut();
        for change in std::mem::take(&mut state.unsafe_names) {
            if state.rng.next_u32().is_multiple_of(2) {
                change.apply(&mut state.safe_names);
            }
        }
        state.names = state.safe_names.clone();
        for file in &mut state.files {
            if file.seen != file.safe {
                file.safe = torn(&file.safe, &file.seen, &mut state.rng);
                file.seen = file.safe.clone();
            }
        }
    }
}

impl Disk for FaultyDisk {
    fn read(&self, path: &Path) -> io::Result<Option<Vec<u8>>> {
        self.0
            .borrow_mut()
            .step(|state, _| Ok(state.names.get(path).map(|file| state.files[*file].seen.clone())))
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.0.borrow_mut().step(|state, whole| {
            let file = match state.names.get(path) {
                Some(file) => *file,
                None => {
                    state.files.push(Content::default());
                    let file = state.files.len() - 1;
                    state.change(Change::Name(path.to_owned(), file))?;
                    file
                }
            };
            let part = if whole { bytes.len() } else { below(bytes.len(), &mut state.rng) };
            state.files[file].seen = bytes[..part].to_vec();
            Ok(())
        })
    }

    fn sync(&self, path: &Path) -> io::Result<()> {
        self.0.borrow_mut().step(|state, whole| {
            let file = state.file(path)?;
            if whole {
                state.files[file].safe = state.files[file].seen.clone();
            }
            Ok(())
        })
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.0.borrow_mut().step(|state, whole| {
            let file = state.file(from)?;
            if whole { state.change(Change::Name(to.to_owned(), file)) } else { Ok(()) }
        })
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.0.borrow_mut().step(|state, whole| {
            state.file(from)?;
            if whole { state.change(Change::Rename(from.to_owned(), to.to_owned())) } else { Ok(()) }
        })
    }

    fn sync_folder(&self, _: &Path) -> io::Result<()> {
        self.0.borrow_mut().step(|state, whole| {
            // Cut off in the middle, it may have got as far as some of the names; power_returns decides.
            if whole {
                state.unsafe_names.clear();
                state.safe_names = state.names.clone();
            }
            Ok(())
        })
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<Placed>> {
        self.0.borrow_mut().step(|state, _| {
            let named = state.names.iter().filter(|(path, _)| path.parent() == Some(folder));
            let placed = named.filter_map(|(path, file)| {
                let name = path.file_name()?.to_str()?.to_owned();
                Some(Placed { name, bytes: state.files[*file].seen.len() as u64, written_at: 0 })
            });
            Ok(placed.collect())
        })
    }

    fn make_folder(&self, _: &Path) -> io::Result<()> {
        self.0.borrow_mut().step(|_, _| Ok(()))
    }
}

/// The owner of a disk whose test keeps a hand on it.
#[derive(Debug)]
pub(super) struct Shared(pub(super) Rc<FaultyDisk>);

impl Disk for Shared {
    fn read(&self, path: &Path) -> io::Result<Option<Vec<u8>>> {
        self.0.read(path)
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.0.write(path, bytes)
    }

    fn sync(&self, path: &Path) -> io::Result<()> {
        self.0.sync(path)
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.0.link(from, to)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.0.rename(from, to)
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        self.0.sync_folder(folder)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<Placed>> {
        self.0.list(folder)
    }

    fn make_folder(&self, folder: &Path) -> io::Result<()> {
        self.0.make_folder(folder)
    }
}

impl State {
    /// One step of the disk; `act` is told whether it is done whole.
    fn step<T>(&mut self, act: impl FnOnce(&mut Self, bool) -> io::Result<T>) -> io::Result<T> {
        let step = self.steps;
        self.steps += 1;
        let off = || io::Error::other("the power is off");
        match self.fault {
            Fault::PowerBefore(at) if step >= at => Err(off()),
            Fault::PowerDuring(at) if step > at => Err(off()),
            Fault::PowerDuring(at) if step == at => act(self, false).and(Err(off())),
            Fault::Error(at) if step == at => {
                act(self, false).and(Err(io::Error::from(io::ErrorKind::StorageFull)))
            }
            Fault::None | Fault::PowerBefore(_) | Fault::PowerDuring(_) | Fault::Error(_) => act(self, true),
        }
    }

    fn file(&self, path: &Path) -> io::Result<usize> {
        self.names.get(path).copied().ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
    }

    fn change(&mut self, change: Change) -> io::Result<()> {
        change.apply(&mut self.names);
        self.unsafe_names.push(change);
        Ok(())
    }
}

impl Change {
    fn apply(&self, names: &mut BTreeMap<PathBuf, usize>) {
        match self {
            Self::Name(path, file) => {
                names.insert(path.clone(), *file);
            }
            // Its source may never have reached the disk.
            Self::Rename(from, to) => {
                if let Some(file) = names.remove(from) {
                    names.insert(to.clone(), file);
                }
            }
        }
    }
}

/// What is on the disk of a file that was being written: the old bytes, the new ones up to somewhere, or the
/// new length with a hole of zeros.
fn torn(old: &[u8], new: &[u8], rng: &mut ChaCha20Rng) -> Vec<u8> {
    match rng.next_u32() % 4 {
        0 => old.to_vec(),
        1 => new.to_vec(),
        2 => new[..below(new.len(), rng)].to_vec(),
        _ => {
            let mut holed = new.to_vec();
            let start = below(new.len(), rng);
            holed[start..].fill(0);
            holed
        }
    }
}

fn below(limit: usize, rng: &mut ChaCha20Rng) -> usize {
    rng.next_u32() as usize % limit.max(1)
}
