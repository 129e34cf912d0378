//! A virtual desktop for one test: a screen, a session bus, a home. A keystore and a camera are put on it
//! when the test wants them. Everything ends with it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;

use image::DynamicImage;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::marks::{self, Mark};
use crate::places;
use crate::wait::until;

/// A desktop that is running.
#[derive(Debug)]
pub struct Desktop {
    name: String,
    display: String,
    // Children first, then the mark for what they started, then the folder they all use.
    keyring: Option<Child>,
    camera: Vec<Child>,
    _bus: Child,
    _screen: Child,
    mark: Arc<Mark>,
    folder: TempDir,
}

impl Desktop {
    /// A screen and a session bus on which nothing starts by itself. `name` is the test's, for the logs.
    pub async fn start(name: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder for temporary files");
        for inner in ["run", "home", "keyring"] {
            fs::create_dir(folder.path().join(inner)).expect("a folder of our own");
        }
        let private = fs::Permissions::from_mode(0o700);
        fs::set_permissions(folder.path().join("run"), private).expect("the folder is ours");
        fs::create_dir_all(logs(name)).expect("the cache can be written");

        let mark = Arc::new(Mark::make());
        let mut command = bare(Command::new("Xvfb"), &mark);
        command.args(["-displayfd", "1", "-screen", "0", "1024x900x24", "-nolisten", "tcp", "-noreset"]);
        let (screen, number) = announced(command, &logs(name).join("screen.log")).await;

        let mut command = bare(Command::new("dbus-daemon"), &mark);
        command.arg("--config-file").arg(places::root().join(".ci/session-bus.conf"));
        command.arg("--address").arg(format!("unix:path={}", folder.path().join("run/bus").display()));
        command.args(["--nofork", "--nopidfile", "--print-address=1"]);
        let (bus, _) = announced(command, &logs(name).join("bus.log")).await;

        let display = format!(":{number}");
        Self {
            name: name.to_owned(),
            display,
            keyring: None,
            camera: Vec::new(),
            _bus: bus,
            _screen: screen,
            mark,
            folder,
        }
    }

    /// The test's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name of its screen.
    pub fn display(&self) -> &str {
        &self.display
    }

    /// The person's home, with all that the app keeps.
    pub fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// Where the app keeps its vault and settings.
    pub fn data(&self) -> PathBuf {
        self.home().join(".local/share/app.countersign")
    }

    /// Where the keystore keeps its file.
    pub fn keyring_home(&self) -> PathBuf {
        self.folder.path().join("keyring")
    }

    /// A program on this desktop, in the person's home. Of the environment of the tests it sees nothing but
    /// where programs are.
    pub fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = bare(Command::new(program.as_ref()), &self.mark);
        let home = self.home();
        command
            .env("DISPLAY", &self.display)
            .env("DBUS_SESSION_BUS_ADDRESS", format!("unix:path={}", self.runtime().join("bus").display()))
            .env("XDG_RUNTIME_DIR", self.runtime())
            .env("XDG_SESSION_TYPE", "x11")
            .env("XDG_DATA_HOME", home.join(".local/share"))
            .env("XDG_CONFIG_HOME", home.join(".config"))
            .env("XDG_CACHE_HOME", home.join(".cache"))
            .env("HOME", &home)
            // There is no accessibility bus here, and looking for one takes time.
            .env("NO_AT_BRIDGE", "1")
            .current_dir(&home);
        command
    }

    /// The same, with what it prints in the log of that name.
    pub fn logged(&self, program: impl AsRef<Path>, log: &str) -> Command {
        let mut command = self.command(program);
        let file = fs::File::create(logs(&self.name).join(log)).expect("the cache can be written");
        command.stdout(file.try_clone().expect("a second handle")).stderr(file);
        command
    }

    /// Starts a program that prints one line when it is ready, and gives the line.
    pub async fn announced(&self, program: impl AsRef<Path>, words: &[&str], log: &str) -> (Child, String) {
        let mut command = self.command(program);
        command.args(words);
        announced(command, &logs(&self.name).join(log)).await
    }

    /// What every process on this desktop carries.
    pub fn mark(&self) -> &Arc<Mark> {
        &self.mark
    }

    /// Starts the Secret Service and unlocks its collection.
    pub async fn start_keyring(&mut self) {
        let mut command = self.logged("gnome-keyring-daemon", "keyring.log");
        command.args(["--foreground", "--unlock", "--components=secrets"]);
        command.env("HOME", self.keyring_home()).env_remove("XDG_DATA_HOME").stdin(Stdio::piped());
        let mut keyring = command.spawn().expect("gnome-keyring is installed by .ci/install all");
        let mut stdin = keyring.stdin.take().expect("asked for above");
        stdin.write_all(b"the keyring's own passphrase").await.expect("it reads its passphrase");
        drop(stdin);
        until("the keystore answers", async || {
            self.is_on_the_bus("org.freedesktop.secrets").await.then_some(())
        })
        .await;
        self.keyring = Some(keyring);
    }

    /// Ends the Secret Service, as on a desktop that has none.
    pub async fn stop_keyring(&mut self) {
        let mut keyring = self.keyring.take().expect("it was started");
        keyring.kill().await.expect("it is our child");
        until("the keystore is gone", async || {
            (!self.is_on_the_bus("org.freedesktop.secrets").await).then_some(())
        })
        .await;
    }

    /// Locks the collection, as a person may.
    pub async fn lock_keyring(&self) {
        let collection = "array:objpath:/org/freedesktop/secrets/collection/login";
        self.bus_call(
            "org.freedesktop.secrets",
            "/org/freedesktop/secrets",
            "org.freedesktop.Secret.Service.Lock",
            &[collection],
        )
        .await
        .expect("gnome-keyring locks without asking");
    }

    /// Deletes everything in the keystore, as happens when a person resets it.
    pub async fn empty_keyring(&mut self) {
        self.stop_keyring().await;
        fs::remove_dir_all(self.keyring_home()).expect("its folder is ours");
        fs::create_dir(self.keyring_home()).expect("as before");
        self.start_keyring().await;
    }

    /// Holds a picture before the camera, and puts a camera of its size on the desktop if there is none.
    pub async fn show_to_camera(&mut self, picture: &DynamicImage) {
        self.show_film_to_camera(std::slice::from_ref(picture)).await;
    }

    /// The same with pictures that are shown one after the other, again and again.
    pub async fn show_film_to_camera(&mut self, pictures: &[DynamicImage]) {
        let (frame, next) = (self.folder.path().join("frame"), self.folder.path().join("frame.next"));
        let film: Vec<u8> = pictures.iter().flat_map(|picture| picture.to_rgba8().into_raw()).collect();
        fs::write(&next, film).expect("the folder is ours");
        fs::rename(&next, &frame).expect("the folder is ours");
        if !self.camera.is_empty() {
            return;
        }
        let size = pictures.first().map_or((0, 0), |picture| (picture.width(), picture.height()));
        let socket = self.runtime().join("pipewire-0");
        for program in [Path::new("pipewire"), Path::new("wireplumber"), &places::tool("camera")] {
            let name = program.file_name().expect("the name of a program").display();
            let mut command = self.logged(program, &format!("{name}.log"));
            if program.ends_with("camera") {
                command.arg(&frame).args([size.0.to_string(), size.1.to_string()]);
            }
            let child = command.spawn();
            self.camera.push(child.expect("they are installed by .ci/install all"));
            until("the media server answers", async || socket.exists().then_some(())).await;
        }
        until("the camera is there", async || self.has_camera().await.then_some(())).await;
    }

    async fn has_camera(&self) -> bool {
        let listed =
            self.command("pw-cli").args(["list-objects", "Node"]).output().await.expect("pipewire-bin");
        String::from_utf8_lossy(&listed.stdout).contains("countersign-camera")
    }

    async fn is_on_the_bus(&self, name: &str) -> bool {
        let bus = ("org.freedesktop.DBus", "/", "org.freedesktop.DBus.NameHasOwner");
        let answer = self.bus_call(bus.0, bus.1, bus.2, &[&format!("string:{name}")]).await;
        answer.is_some_and(|answer| answer.contains("boolean true"))
    }

    async fn bus_call(&self, to: &str, object: &str, method: &str, arguments: &[&str]) -> Option<String> {
        let mut command = self.command("dbus-send");
        command.args(["--session", "--print-reply", &format!("--dest={to}"), object, method]).args(arguments);
        let output = command.output().await.expect("dbus is installed by .ci/install all");
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    }

    fn runtime(&self) -> PathBuf {
        self.folder.path().join("run")
    }
}

/// Where the logs of a test are.
pub fn logs(name: &str) -> PathBuf {
    places::cache().join("logs/flows").join(name)
}

fn bare(mut command: Command, mark: &Mark) -> Command {
    command.env_clear();
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.env("LANG", "C.UTF-8").env(marks::NAME, mark.value());
    command.stdin(Stdio::null()).kill_on_drop(true);
    command
}

/// Starts a program that prints one line when it is ready, and gives the line.
async fn announced(mut command: Command, log: &Path) -> (Child, String) {
    command.stdout(Stdio::piped()).stderr(fs::File::create(log).expect("the cache can be written"));
    let program = command.as_std().get_program().to_owned();
    let mut child = command.spawn().unwrap_or_else(|_| panic!("{program:?} is installed by .ci/install all"));
    let mut lines = BufReader::new(child.stdout.take().expect("asked for above")).lines();
    let line = tokio::time::timeout(crate::wait::LIMIT, lines.next_line()).await;
    let Ok(Ok(Some(line))) = line else { panic!("{program:?} did not start: see {}", log.display()) };
    (child, line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture;

    #[tokio::test]
    async fn a_desktop_has_a_screen_a_keystore_and_a_camera_and_leaves_nothing() {
        let mut desktop = Desktop::start("desktop").await;
        let screen = desktop.command("xdpyinfo").output().await.expect("x11-utils");
        assert!(screen.status.success());

        let secret =
            |desktop: &Desktop| desktop.command("secret-tool").args(["lookup", "test", "yes"]).output();
        assert!(!secret(&desktop).await.expect("libsecret-tools").status.success());
        desktop.start_keyring().await;
        store(&desktop).await;
        assert_eq!(secret(&desktop).await.expect("libsecret-tools").stdout, b"kept");
        desktop.stop_keyring().await;
        desktop.start_keyring().await;
        assert_eq!(secret(&desktop).await.expect("libsecret-tools").stdout, b"kept");
        desktop.empty_keyring().await;
        assert_eq!(secret(&desktop).await.expect("libsecret-tools").stdout, b"");

        desktop.show_to_camera(&picture::draw("one")).await;
        desktop.show_to_camera(&picture::draw("two")).await;

        let folder = desktop.folder.path().to_owned();
        let started = desktop.mark().carriers();
        assert!(started.len() >= 5, "screen, bus, media server, its manager, camera");
        drop(desktop);
        assert!(!folder.exists());
        until("all have ended", async || {
            started.iter().all(|pid| !Path::new(&format!("/proc/{pid}/exe")).exists()).then_some(())
        })
        .await;
    }

    async fn store(desktop: &Desktop) {
        let mut command = desktop.command("secret-tool");
        command.args(["store", "--label=test", "test", "yes"]).stdin(Stdio::piped());
        let mut child = command.spawn().expect("libsecret-tools");
        child.stdin.take().expect("asked for above").write_all(b"kept").await.expect("it reads");
        assert!(child.wait().await.expect("it ends").success());
    }
}
