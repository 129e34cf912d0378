//! Frames from wherever they come: the web view sends them, or the device reads them. Both end in the [`Session`]
//! of the opening they belong to. No frame is stored.

mod session;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use crypto_core::qr::{self, Budget};
use crypto_core::secret::SecretText;
use device::{Camera, Frame};
use tauri::AppHandle;
use tauri_specta::Event as _;

use self::session::{Look, Session};
use crate::clock;
use crate::diagnostics::Event;
use crate::error::{Code, CommandError};
use crate::events::{CameraPreview, CameraScan};
use crate::handle::{Handle, RealApp};
use crate::view::{EnrollView, FrameView, PreviewView, ScanView};

/// Pixels along the longer side of the largest frame that is taken.
pub(crate) const MAX_SIDE: usize = 4096;

/// Whether the person is scanning, and with what.
#[derive(Default)]
pub(crate) struct Scanner {
    busy: AtomicBool,
    in_use: Mutex<Use>,
}

#[derive(Default)]
struct Use {
    is_open: bool,
    openings: u64,
    camera: Option<Camera>,
    session: Arc<Mutex<Session>>,
}

impl Scanner {
    /// The scanner is on screen, so the web view may ask for the camera. Gives the number of this opening. What
    /// the frames of another one have shown is forgotten.
    pub(crate) fn open(&self) -> u64 {
        let mut used = self.lock();
        used.openings += 1;
        used.is_open = true;
        used.session = Arc::default();
        used.openings
    }

    /// What the frames of this opening have shown; none while the scanner is not on screen.
    pub(crate) fn session(&self) -> Option<Arc<Mutex<Session>>> {
        let used = self.lock();
        used.is_open.then(|| Arc::clone(&used.session))
    }

    /// Whether the web view may have the camera now.
    pub(crate) fn is_open(&self) -> bool {
        self.lock().is_open
    }

    /// Keeps the camera on, unless the scanner was left while the camera took its time to start.
    pub(crate) fn keep(&self, camera: Camera, opening: u64) {
        let mut used = self.lock();
        if used.is_open && used.openings == opening {
            used.camera = Some(camera);
        }
    }

    /// Turns the camera off.
    pub(crate) fn close(&self) {
        let mut used = self.lock();
        used.is_open = false;
        used.camera = None;
        used.session = Arc::default();
    }

    /// The person means this one of several codes.
    pub(crate) fn choose(&self, number: usize) -> Option<SecretText> {
        let session = self.session()?;
        lock(&session).choose(number)
    }

    /// The person means none of them.
    pub(crate) fn go_on(&self) {
        if let Some(session) = self.session() {
            lock(&session).go_on();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Use> {
        self.in_use.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The turn to look at a frame; none while another is looked at.
    pub(crate) fn turn(&self) -> Option<Turn<'_>> {
        (!self.busy.swap(true, Ordering::Acquire)).then_some(Turn(self))
    }
}

/// One frame is being looked at until this is dropped.
pub(crate) struct Turn<'a>(&'a Scanner);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.busy.store(false, Ordering::Release);
    }
}

/// Looks for codes in a picture that a person chose, off the thread that draws, and says what they are.
pub(crate) async fn look_at_picture(
    handle: &Handle,
    luma: Vec<u8>,
    width: usize,
    height: usize,
) -> Result<ScanView, CommandError> {
    let read = tauri::async_runtime::spawn_blocking(move || read(&luma, width, height));
    let (texts, millis) = read.await.map_err(|_| Code::BadPicture)??;
    let found = !texts.is_empty();
    let inspect = move |app: &mut RealApp| {
        if found {
            app.note(Event::Scan { millis });
        }
        app.inspect_scan(&texts)
    };
    handle.run_unasked(inspect).await
}

/// Looks for codes in a frame of the web view's camera, off the thread that draws.
pub(crate) async fn look_at_frame(
    handle: &Handle,
    session: Arc<Mutex<Session>>,
    luma: Vec<u8>,
    width: usize,
    height: usize,
) -> Result<FrameView, CommandError> {
    let handle = handle.clone();
    let look = move || seen(&handle, &session, &luma, width, height);
    tauri::async_runtime::spawn_blocking(look).await.map_err(|_| Code::BadPicture)?
}

/// Takes frames of the device's camera: shows each, and looks for codes in it.
pub(crate) fn receiver(
    tauri: AppHandle,
    handle: Handle,
    session: Arc<Mutex<Session>>,
) -> impl FnMut(Frame) -> bool + Send + 'static {
    let mut last = FrameView::nothing();
    move |frame| {
        if lock(&session).is_asking() {
            // The picture stands still while the person chooses.
            return true;
        }
        let preview = preview(&frame);
        let (width, height) = (as_usize(frame.width), as_usize(frame.height));
        let Ok(view) = seen(&handle, &session, &frame.luma, width, height) else { return false };
        let shown = CameraPreview(preview).emit(&tauri).is_ok();
        // The same as in the frame before is no news, and what is to be confirmed ends the scan.
        let is_done = matches!(
            view.scan,
            ScanView::Found {
                enroll: EnrollView::Accounts { .. }
                    | EnrollView::Activation { .. }
                    | EnrollView::Approve { .. }
            }
        );
        let told = view == last || CameraScan(view.clone()).emit(&tauri).is_ok();
        last = view;
        shown && told && !is_done
    }
}

/// What a frame shows, and what that is to the app.
fn seen(
    handle: &Handle,
    session: &Mutex<Session>,
    luma: &[u8],
    width: usize,
    height: usize,
) -> Result<FrameView, CommandError> {
    let before = clock::millis_since_start();
    let in_time = || clock::millis_since_start() - before < MOST_MILLIS;
    let look = Look { luma, width, height, budget: Budget::FRAME.until(&in_time) };
    lock(session).frame(&look, |texts| {
        let millis = clock::millis_since_start() - before;
        handle.with(|app: &mut RealApp| {
            app.note(Event::Scan { millis });
            app.inspect_view(texts)
        })
    })
}

fn lock(session: &Mutex<Session>) -> MutexGuard<'_, Session> {
    session.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The texts of all codes in a picture that a person chose.
pub(crate) fn texts(luma: &[u8], width: usize, height: usize) -> Result<Vec<SecretText>, CommandError> {
    read(luma, width, height).map(|(texts, _)| texts)
}

fn read(luma: &[u8], width: usize, height: usize) -> Result<(Vec<SecretText>, u64), CommandError> {
    let before = clock::millis_since_start();
    let codes = qr::read(luma, width, height, width, Budget::PICTURE).map_err(|_| Code::BadPicture)?;
    // A part of a text says nothing by itself.
    let texts = codes.into_iter().filter(|code| code.part.is_none()).map(|code| code.text);
    Ok((texts.collect(), clock::millis_since_start() - before))
}

/// A picture small enough to send ten times a second: every n-th pixel.
fn preview(frame: &Frame) -> PreviewView {
    let step = frame.width.div_ceil(PREVIEW_WIDTH).max(1);
    let (width, height) = (frame.width / step, frame.height / step);
    let rows = frame.luma.chunks_exact(as_usize(frame.width).max(1)).step_by(as_usize(step));
    let luma: Vec<u8> = rows
        .take(as_usize(height))
        .flat_map(|row| row.iter().step_by(as_usize(step)).take(as_usize(width)).copied())
        .collect();
    PreviewView { width, height, luma: base64::engine::general_purpose::STANDARD.encode(luma) }
}

fn as_usize(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

const PREVIEW_WIDTH: u32 = 320;
/// Another frame is worth more than a longer look at this one.
const MOST_MILLIS: u64 = 100;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preview_is_small_and_whole() {
        let frame = Frame { width: 1283, height: 719, luma: vec![9; 1283 * 719] };
        let preview = preview(&frame);
        assert!(preview.width <= PREVIEW_WIDTH);
        let luma = base64::engine::general_purpose::STANDARD.decode(preview.luma).expect("Base64");
        assert_eq!(luma.len(), as_usize(preview.width * preview.height));
    }

    #[test]
    fn one_frame_is_looked_at_at_a_time() {
        let scanner = Scanner::default();
        let turn = scanner.turn().expect("the first has its turn");
        assert!(scanner.turn().is_none());
        drop(turn);
        assert!(scanner.turn().is_some());
    }
}
