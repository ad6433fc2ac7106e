//! Files that are there whole or as they were before, and that nobody else on the machine can read.
use std::{
    fs::{self, File, OpenOptions},
    io::{ErrorKind, Write as _},
    path::Path,
};

use super::SyncError;

/// What a file is called as long as it is not whole.
const UNFINISHED: &str = "unfinished";

/// Opens a file that, if it is made, nobody else can read.
pub(super) fn own_file(options: &mut OpenOptions, path: &Path) -> Result<File, SyncError> {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options.open(path).map_err(SyncError::of(path))
}

/// Puts a file in the place of what is there: it is written in a folder on the same disk first. `durable`: it is on the disk
/// when this is done.
pub(super) fn replace(beside: &Path, path: &Path, text: &[u8], durable: bool) -> Result<(), SyncError> {
    let unfinished = beside.join(UNFINISHED);
    let mut file = own_file(OpenOptions::new().create(true).write(true).truncate(true), &unfinished)?;
    let written = file.write_all(text).and_then(|()| if durable { file.sync_all() } else { Ok(()) });
    written.map_err(SyncError::of(&unfinished))?;
    fs::rename(&unfinished, path).map_err(SyncError::of(path))
}

/// Removes a file, if it is there.
pub(super) fn remove(path: &Path) -> Result<(), SyncError> {
    match fs::remove_file(path) {
        Err(cause) if cause.kind() != ErrorKind::NotFound => Err(SyncError::of(path)(cause)),
        _ => Ok(()),
    }
}

/// The text of a file, if it is there.
pub(super) fn text(path: &Path) -> Result<Option<String>, SyncError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(SyncError::of(path)(cause)),
    }
}

/// Drops what was never finished.
pub(super) fn forget_unfinished(beside: &Path) -> Result<(), SyncError> {
    remove(&beside.join(UNFINISHED))
}

/// Has the disk hold what was written to a file, or to a folder's list of files.
pub(super) fn settle(path: &Path) -> Result<(), SyncError> {
    // Only Unix opens folders.
    if !cfg!(unix) && path.is_dir() {
        return Ok(());
    }
    match File::open(path) {
        Ok(file) => file.sync_all().map_err(SyncError::of(path)),
        // It was removed since.
        Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(()),
        Err(cause) => Err(SyncError::of(path)(cause)),
    }
}
