//! What a database's error means for whoever waits for the answer.
use sea_orm::{
    DbErr, RuntimeErr,
    sqlx::{self, Error as Cause},
};

/// What kind of error it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// The database cannot be reached, or is shutting down or starting.
    Unreachable,
    /// The statement took longer than it may, and the database ended it.
    Cancelled,
    /// Another change came in between, and the database gave this one up: what it referred to is gone, each waited for the
    /// other, or others have written for too long.
    Crossed,
    /// Anything else.
    Other,
}

/// What kind of error this is.
pub(super) fn trouble(error: &DbErr) -> Trouble {
    match error {
        DbErr::ConnectionAcquire(_) => Trouble::Unreachable,
        // It was there when it was read.
        DbErr::RecordNotUpdated => Trouble::Crossed,
        DbErr::Conn(cause) | DbErr::Exec(cause) | DbErr::Query(cause) => match cause {
            RuntimeErr::SqlxError(cause) => of_driver(cause),
            RuntimeErr::Internal(_) => Trouble::Other,
        },
        _ => Trouble::Other,
    }
}

fn of_driver(cause: &sqlx::Error) -> Trouble {
    match cause {
        Cause::Io(_) | Cause::Tls(_) | Cause::PoolTimedOut | Cause::PoolClosed | Cause::WorkerCrashed => {
            Trouble::Unreachable
        }
        Cause::Database(told) => told.code().map_or(Trouble::Other, |code| of_state(&code)),
        _ => Trouble::Other,
    }
}

/// What PostgreSQL's states mean (<https://www.postgresql.org/docs/current/errcodes-appendix.html>), and SQLite's codes
/// (<https://www.sqlite.org/rescode.html>), which are numbers of fewer digits.
fn of_state(code: &str) -> Trouble {
    match code {
        "57014" | "9" => Trouble::Cancelled,
        "57P01" | "57P02" | "57P03" | "57P05" | "53300" => Trouble::Unreachable,
        "40001" | "40P01" | "23503" | "5" => Trouble::Crossed,
        code if code.len() == 5 && code.starts_with("08") => Trouble::Unreachable,
        _ => Trouble::Other,
    }
}
