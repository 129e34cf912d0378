//! How commands reach the app: one at a time, off the thread that draws, because opening a vault may ask
//! the keystore and stretch a passphrase.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Duration;

use device::{Phone, Platform};

use crate::app::{App, Job};
use crate::error::{Code, CommandError};
use crate::online::Online;
use crate::server::HttpsServer;
use crate::store::{FileStore, Store};
use crate::view::{AppView, BackupView, ExportRequest};

/// The app as it runs.
pub(crate) type RealApp = App<Platform, FileStore>;
/// A way to it.
pub(crate) type Handle = Shared<Platform, FileStore>;

/// The app with its way to services.
pub(crate) type RealOnline = Online<Platform, FileStore, HttpsServer>;

/// A shared way to the app.
pub struct Shared<D, S> {
    app: Arc<Mutex<App<D, S>>>,
    /// Held while the person is asked, so that two pages do not ask at once.
    asking: Arc<Mutex<()>>,
}

impl<D, S> Clone for Shared<D, S> {
    fn clone(&self) -> Self {
        Self { app: Arc::clone(&self.app), asking: Arc::clone(&self.asking) }
    }
}

impl<D, S> fmt::Debug for Shared<D, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shared(..)")
    }
}

impl<D: Phone, S: Store + Send + 'static> Shared<D, S> {
    /// Shares `app`.
    pub fn new(app: App<D, S>) -> Self {
        Self { app: Arc::new(Mutex::new(app)), asking: Arc::default() }
    }

    /// Does something a person wants.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        act: impl FnOnce(&mut App<D, S>) -> Result<T, CommandError> + Send + 'static,
    ) -> Result<T, CommandError> {
        self.aside(move |this| this.wanted(act)).await
    }

    /// The person is asked to open a locked app. Who asks while the question is there gets what it comes to.
    pub(crate) async fn unlock_by_person(&self) -> Result<AppView, CommandError> {
        self.aside(|this| {
            let (_turn, is_first) = match this.asking.try_lock() {
                Ok(turn) => (turn, true),
                Err(TryLockError::Poisoned(turn)) => (turn.into_inner(), true),
                Err(TryLockError::WouldBlock) => (this.turn(), false),
            };
            let Some(to_unlock) = this.wanted(|app| app.to_unlock())? else {
                return this.wanted(|app| Ok(app.view()));
            };
            if !is_first {
                return Err(Code::NotVerified.into());
            }
            let unlocked = to_unlock.ask();
            this.wanted(|app| app.unlocked(unlocked))
        })
        .await
    }

    /// The person is asked for the first time, and from then on each time that the app is opened.
    pub(crate) async fn turn_on_person_lock(&self) -> Result<AppView, CommandError> {
        self.aside(|this| {
            let _turn = this.turn();
            let to_guard = this.wanted(App::to_guard)?;
            let guarded = to_guard.ask();
            this.wanted(|app| app.turn_on_person_lock(guarded?))
        })
        .await
    }

    /// The person is asked for the last time.
    pub(crate) async fn turn_off_person_lock(&self) -> Result<AppView, CommandError> {
        self.aside(|this| {
            let _turn = this.turn();
            let to_confirm = this.wanted(App::to_confirm)?;
            let confirmed = to_confirm.ask();
            this.wanted(|app| app.turn_off_person_lock(confirmed?))
        })
        .await
    }

    /// The person is asked before an export that nothing seals, where they are what opens the app.
    pub(crate) async fn confirm_export(&self, request: ExportRequest) -> Result<ExportRequest, CommandError> {
        self.aside(move |this| {
            let _turn = this.turn();
            if let Some(to_confirm) = this.wanted(|app| app.to_confirm_export(&request))? {
                let confirmed = to_confirm.ask();
                this.wanted(|app| {
                    app.take_confirmation(confirmed?);
                    Ok(())
                })?;
            }
            Ok(request)
        })
        .await
    }

    /// Does something off the threads that others need.
    async fn aside<T: Send + 'static>(
        &self,
        act: impl FnOnce(&Self) -> Result<T, CommandError> + Send + 'static,
    ) -> Result<T, CommandError> {
        let handle = self.clone();
        let done = tauri::async_runtime::spawn_blocking(move || act(&handle));
        done.await.unwrap_or(Err(Code::NotNow.into()))
    }

    /// Does something a person wants, on this thread.
    fn wanted<T>(
        &self,
        act: impl FnOnce(&mut App<D, S>) -> Result<T, CommandError>,
    ) -> Result<T, CommandError> {
        self.with(|app| {
            app.still_here();
            let done = act(app);
            if let Err(error) = &done {
                app.note(crate::diagnostics::Event::Refused(error.code));
            }
            done
        })
    }

    /// One question after another; the app is not held meanwhile.
    fn turn(&self) -> MutexGuard<'_, ()> {
        self.asking.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something that a person did not ask for; the time until the app locks itself goes on.
    pub(crate) async fn run_unasked<T: Send + 'static>(
        &self,
        act: impl FnOnce(&mut App<D, S>) -> T + Send + 'static,
    ) -> Result<T, CommandError> {
        let handle = self.clone();
        let done = tauri::async_runtime::spawn_blocking(move || handle.with(act));
        done.await.map_err(|_| Code::NotNow.into())
    }

    /// Asks the phone where backups go. The app is not held: the first time, a phone may look for a while.
    pub(crate) async fn find_backup_place(&self) -> Result<(), CommandError> {
        let device = self.run_unasked(|app| app.device()).await?;
        let carried = tauri::async_runtime::spawn_blocking(move || device.backup_place()).await;
        let carried = carried.map_err(|_| Code::NotNow)?;
        self.run_unasked(move |app| app.backups_are_carried(carried)).await
    }

    /// Backs up what is there at this moment. The app is not held while the disk writes.
    pub(crate) async fn back_up(&self) -> Result<BackupView, CommandError> {
        self.find_backup_place().await?;
        match self.run(|app| app.backup_job()).await? {
            Some(job) => self.write_backup(job).await,
            // One is being written already, and says what came of it.
            None => self.run(|app| app.backup()).await,
        }
    }

    /// Writes a backup, and notes what came of it.
    pub(crate) async fn write_backup(&self, job: Job) -> Result<BackupView, CommandError> {
        let written = tauri::async_runtime::spawn_blocking(move || job.write()).await;
        let written = written.map_err(|_| Code::BackupFailed)?;
        self.run_unasked(move |app| app.backed_up(written)).await?
    }

    /// The app ends: what is not backed up yet is, if the disk is quick. If not, it is at the next start.
    pub(crate) fn back_up_at_the_end(&self) {
        let job = self.app.try_lock().ok().and_then(|mut app| app.last_backup());
        let Some(job) = job else { return };
        let (done, written) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            // Whoever waited has given up.
            let _ = done.send(job.write());
        });
        if let Ok(written) = written.recv_timeout(LAST_BACKUP)
            && let Ok(mut app) = self.app.try_lock()
        {
            // Nobody is there to be told; the record says it at the next start.
            let _ = app.backed_up(written);
        }
    }

    /// The app ends. If something still waits for the keystore, its answer is not waited for: a window that
    /// is gone must not leave a process behind.
    pub(crate) fn close(&self) {
        if let Ok(mut app) = self.app.try_lock() {
            app.close();
        }
    }

    /// Does something by itself, now, on this thread.
    pub(crate) fn with<T>(&self, act: impl FnOnce(&mut App<D, S>) -> T) -> T {
        // A panic in between leaves the app as it was: changes are stored whole or read again.
        act(&mut self.app.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// How long the end of the app waits for a last backup.
const LAST_BACKUP: Duration = Duration::from_secs(2);
