//! Workbooks of any size: their rows come page by page, wait in a temporary file, and leave in pieces. No more than a few
//! pages and pieces are in memory.
use std::{
    io::{self, Write},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use rust_xlsxwriter::XlsxError;
use tokio::sync::mpsc::{Receiver, Sender, channel};

use super::{Cell, workbook::Book};
use crate::error::Error;

/// How many lines a page of a spreadsheet has, the headings among them.
const LINES: u32 = 1_048_576;
/// How large a piece is, in bytes.
const PIECE: usize = 64 * 1024;
/// How many pages of rows, and how many pieces, may wait to be taken.
const WAITING: usize = 2;

/// A workbook whose rows are still to come. Dropped before it is done it leaves nothing behind.
pub(crate) struct Streamed {
    rows: Sender<Vec<Vec<Cell>>>,
    pieces: Receiver<Result<Vec<u8>, Error>>,
}

impl Streamed {
    /// Begins one, away from the threads that answer requests.
    pub(crate) fn begin(name: &'static str, columns: &'static [&'static str], now: DateTime<Utc>) -> Self {
        let (rows, coming) = channel(WAITING);
        let (leaving, pieces) = channel(WAITING);
        tokio::task::spawn_blocking(move || {
            let mut to = Pieces { piece: Vec::with_capacity(PIECE), leaving };
            if let Err(cause) = written((name, columns, now), coming, &mut to) {
                // Nobody may be left who waits for it.
                let _ = to.leaving.blocking_send(Err(Error::Internal(Arc::new(cause))));
            }
        });
        Self { rows, pieces }
    }

    /// Adds rows.
    ///
    /// # Errors
    ///
    /// If they cannot be written.
    pub(crate) async fn add(&self, rows: Vec<Vec<Cell>>) -> Result<(), Error> {
        self.rows.send(rows).await.map_err(|_| Error::internal("the rows of a workbook cannot be kept"))
    }

    /// The file's pieces, since all rows are there.
    pub(crate) fn finish(self) -> Receiver<Result<Vec<u8>, Error>> {
        self.pieces
    }
}

fn written(
    (name, columns, now): (&'static str, &'static [&'static str], DateTime<Utc>),
    mut coming: Receiver<Vec<Vec<Cell>>>,
    to: &mut Pieces,
) -> Result<(), XlsxError> {
    let mut book = Book::new(name, columns, (now, LINES))?;
    while let Some(rows) = coming.blocking_recv() {
        for row in &rows {
            book.add(row)?;
        }
    }
    if to.leaving.is_closed() {
        return Ok(());
    }
    book.write(&mut *to)?;
    Ok(to.flush()?)
}

/// Hands what is written on, in pieces.
struct Pieces {
    piece: Vec<u8>,
    leaving: Sender<Result<Vec<u8>, Error>>,
}

impl Pieces {
    fn leave(&mut self) -> io::Result<()> {
        let piece = std::mem::replace(&mut self.piece, Vec::with_capacity(PIECE));
        self.leaving.blocking_send(Ok(piece)).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.piece.extend_from_slice(bytes);
        if self.piece.len() >= PIECE {
            self.leave()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.piece.is_empty() { Ok(()) } else { self.leave() }
    }
}
