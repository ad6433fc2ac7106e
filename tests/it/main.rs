//! What Balai does, asked over HTTP: a file per subject.
mod directory;
