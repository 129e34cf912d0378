//! Desktop cameras through `nokhwa`. A thread of its own reads frames, because cameras cannot be moved
//! between threads; it ends when the [`Camera`] is dropped or the receiver has seen enough.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;

use nokhwa::pixel_format::LumaFormat;
use nokhwa::utils::{ApiBackend, CameraIndex, RequestedFormat, RequestedFormatType, Resolution};

use crate::{DeviceError, Frame};

/// A camera that is on. Dropping it turns it off.
#[derive(Debug)]
pub struct Camera {
    stop: Arc<AtomicBool>,
}

impl Camera {
    /// Turns the first camera on and hands every frame to `receive`, until that returns false.
    pub fn open(mut receive: impl FnMut(Frame) -> bool + Send + 'static) -> Result<Self, DeviceError> {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let (opened, is_open) = mpsc::channel();
        thread::Builder::new()
            .name("camera".into())
            .spawn(move || {
                let mut camera = match open_first() {
                    Ok(camera) => camera,
                    Err(error) => {
                        // The caller waits for this; if it is gone, so is the wish for a camera.
                        let _ = opened.send(Err(error));
                        return;
                    }
                };
                let _ = opened.send(Ok(()));
                let mut bad_frames = 0;
                while !stopped.load(Ordering::Relaxed) && bad_frames < MAX_BAD_FRAMES {
                    let image = camera.frame().and_then(|buffer| buffer.decode_image::<LumaFormat>());
                    let Ok(image) = image else {
                        bad_frames += 1;
                        continue;
                    };
                    bad_frames = 0;
                    let (width, height) = image.dimensions();
                    if !receive(Frame { width, height, luma: image.into_raw() }) {
                        break;
                    }
                }
                // The camera is going away with this thread; a failure to stop it changes nothing.
                let _ = camera.stop_stream();
            })
            .map_err(|_| DeviceError::CameraUnavailable)?;
        is_open.recv().map_err(|_| DeviceError::CameraUnavailable)??;
        Ok(Self { stop })
    }
}

impl Drop for Camera {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

fn open_first() -> Result<nokhwa::Camera, DeviceError> {
    let cameras = nokhwa::query(ApiBackend::Auto).map_err(|_| DeviceError::CameraUnavailable)?;
    let index: CameraIndex = cameras.first().ok_or(DeviceError::CameraUnavailable)?.index().clone();
    let wanted = RequestedFormatType::HighestResolution(Resolution::new(1280, 720));
    let mut camera = nokhwa::Camera::new(index, RequestedFormat::new::<LumaFormat>(wanted))
        .map_err(|_| DeviceError::CameraUnavailable)?;
    camera.open_stream().map_err(|_| DeviceError::CameraUnavailable)?;
    Ok(camera)
}

/// The first frames of many cameras cannot be decoded; this many in a row, and the camera is gone.
const MAX_BAD_FRAMES: u32 = 30;
