//! E-mail addresses and telephone numbers, as people write them.
use entity::vocabulary::{ContactPointKind, Visibility};

use crate::{
    error::FaultCode,
    validation::{Faults, bounded, email, phone},
};

/// An address or a number. What it is tells it from the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Point {
    /// The address or the number.
    pub(crate) value: String,
    /// What it is for.
    pub(crate) kind: ContactPointKind,
    /// Whether it is the one to use first.
    pub(crate) preferred: bool,
    /// Who may see it.
    pub(crate) visibility: Visibility,
}

/// The addresses and numbers of an appointment or an institution.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Points {
    /// E-mail addresses.
    pub(crate) emails: Vec<Point>,
    /// Telephone numbers.
    pub(crate) phones: Vec<Point>,
}

impl Points {
    /// Notes what only the secretariat would see, which whoever writes it must see themselves.
    pub(crate) fn not_hidden(&self, faults: &mut Faults) {
        for (field, points) in [("emails", &self.emails), ("phones", &self.phones)] {
            for (place, point) in points.iter().enumerate() {
                if point.visibility == Visibility::Secretariat {
                    let path = [field, &place.to_string(), "visibility"];
                    faults.add(
                        &path,
                        FaultCode::Invalid,
                        "you would not see it yourself: it must be PUBLIC or MEMBERS",
                    );
                }
            }
        }
    }
}

/// E-mail addresses, each once.
pub(crate) fn emails(told: &[Point], faults: &mut Faults) -> Vec<Point> {
    points("emails", "address", told, faults, email)
}

/// Telephone numbers, each once.
pub(crate) fn phones(told: &[Point], faults: &mut Faults) -> Vec<Point> {
    points("phones", "number", told, faults, phone)
}

fn points(
    field: &str,
    name: &str,
    told: &[Point],
    faults: &mut Faults,
    check: impl Fn(&str) -> Result<String, (FaultCode, String)>,
) -> Vec<Point> {
    bounded(field, told.len(), faults);
    let mut found: Vec<Point> = vec![];
    for (place, point) in told.iter().enumerate() {
        let path = [field, &place.to_string(), name];
        let Some(value) = faults.checked(&path, check(&point.value)) else { continue };
        if found.iter().any(|known| known.value.eq_ignore_ascii_case(&value)) {
            faults.add(&path, FaultCode::Duplicate, "is there already");
        } else {
            found.push(Point { value, ..point.clone() });
        }
    }
    found
}
