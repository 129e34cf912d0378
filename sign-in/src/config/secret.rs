//! The service secret: 32 random bytes as Base64 in a file that only the service reads. Without it, nothing
//! that is sealed in the database can be opened again, so it is made once and never replaced.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use crypto_core::seal::{KEY_LEN, make_key};
use crypto_core::secret::SecretBytes;
use rand_core::{OsRng, UnwrapErr};
use thiserror::Error;

/// Reads a secret from text.
pub(super) fn parse(text: &str) -> Option<SecretBytes> {
    let text = text.trim().trim_end_matches('=');
    BASE64.decode(text).ok().filter(|bytes| bytes.len() == KEY_LEN).map(SecretBytes::new)
}

/// Reads the file. If it is not there, a new secret is made, provided that `first_start`: nothing can have
/// been sealed under another one.
pub(super) fn read_or_make(path: &Path, first_start: bool) -> Result<SecretBytes, SecretRefused> {
    match read(path) {
        Err(SecretRefused::NotThere { .. }) if first_start => {
            make(path).map_err(|_| SecretRefused::NotWritten { path: path.to_owned() })?;
            read(path)
        }
        read => read,
    }
}

fn read(path: &Path) -> Result<SecretBytes, SecretRefused> {
    let text = fs::read_to_string(path).map_err(|cause| {
        let path = path.to_owned();
        if cause.kind() == io::ErrorKind::NotFound {
            SecretRefused::NotThere { path }
        } else {
            SecretRefused::NotRead { path }
        }
    })?;
    if open_to_all(path) {
        return Err(SecretRefused::OpenToAll { path: path.to_owned() });
    }
    parse(&text).ok_or_else(|| SecretRefused::Damaged { path: path.to_owned() })
}

/// Written whole under another name and then given its own, so that a file of that name is always whole, and
/// of two that start at once one finds the other's.
fn make(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    make_folder(folder)?;
    let secret = make_key(&mut UnwrapErr(OsRng));
    let draft = path.with_extension(format!("{}.new", std::process::id()));
    let mut file = private_file(&draft)?;
    // expose: this is where it is kept.
    file.write_all(BASE64.encode(secret.expose()).as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()?;
    let linked = fs::hard_link(&draft, path);
    fs::remove_file(&draft)?;
    match linked {
        Err(cause) if cause.kind() != io::ErrorKind::AlreadyExists => Err(cause),
        _ => File::open(folder)?.sync_all(),
    }
}

/// A folder that only this user enters.
pub(super) fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(unix)]
fn open_to_all(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(path).is_ok_and(|about| about.permissions().mode() & 0o007 != 0)
}

#[cfg(not(unix))]
fn open_to_all(_path: &Path) -> bool {
    false
}

/// Why there is no service secret.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum SecretRefused {
    /// The file is not there, and a new one would leave what the database holds sealed for ever.
    #[error(
        "the service secret {} is not there: bring it back from a backup, or for a new service make one with \
         `head -c 32 /dev/urandom | base64 > FILE; chmod 600 FILE` and give every node the same",
        path.display()
    )]
    NotThere {
        /// The file.
        path: PathBuf,
    },
    /// The file cannot be read.
    #[error("the service secret {} cannot be read: may this user read it?", path.display())]
    NotRead {
        /// The file.
        path: PathBuf,
    },
    /// The file cannot be written.
    #[error("the service secret {} cannot be written: may this user write there?", path.display())]
    NotWritten {
        /// The file.
        path: PathBuf,
    },
    /// Every user of this machine can read the file.
    #[error("everybody on this machine can read the service secret: chmod 600 {}", path.display())]
    OpenToAll {
        /// The file.
        path: PathBuf,
    },
    /// The file holds something else.
    #[error("the service secret {} is damaged: it is not 32 bytes in Base64", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
    },
    /// The variable holds something else.
    #[error("COUNTERSIGN_SECRET is not 32 bytes in Base64: make one with `head -c 32 /dev/urandom | base64`")]
    BadVariable,
    /// Several nodes have to share one, so none is made up.
    #[error(
        "secret_file is missing: with PostgreSQL every node needs the same service secret; make one with \
         `head -c 32 /dev/urandom | base64 > FILE; chmod 600 FILE`"
    )]
    Needed,
}
