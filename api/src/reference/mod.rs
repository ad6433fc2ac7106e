//! The data that ships with a release (`api/reference/`), and how it gets into the database: new records are added,
//! records that nobody changed since an earlier release are renewed, all others are left alone.
mod demo;
mod files;
mod load;
mod records;
mod store;

pub use demo::load_demo;
pub use files::{Release, ReleaseError};
pub use load::{Loaded, load};
