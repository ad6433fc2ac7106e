//! Who may see and do what: decided here, and nowhere else.
mod reading;
mod viewer;

pub(crate) use reading::{Ahead, Listed, Order, Part, Reading, Seen, one};
pub(crate) use viewer::Viewer;
