//! The data directory, as it is made.
use std::path::Path;

/// Makes a folder that nobody else on the machine can read, if it is not there: what is in it lets people in.
///
/// # Errors
///
/// If it cannot be made.
pub(crate) fn own_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}
