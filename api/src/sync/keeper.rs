//! An address book and what is kept beside it, which change together: what is to be done goes into a journal first, is done
//! then, and is done again where a crash came between.
use std::{
    fs::{self, File, OpenOptions},
    io::{Read as _, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::{
    Network, SyncError,
    book::Book,
    files::{self, own_file},
    state::{State, Step},
};
use crate::{access::hash_of, config::own_folder};

/// What the folder beside a book is called, or ends with.
pub(super) const BESIDE: &str = ".balai-sync";
/// How long the journal may get before what it holds is kept otherwise.
const LONGEST: u64 = 8 * 1024 * 1024;

/// An address book that nobody else works on, and what is kept beside it.
pub(super) struct Keeper {
    folder: PathBuf,
    journal: File,
    length: u64,
    pub(super) state: State,
    pub(super) book: Book,
    /// Locked while it is open.
    _lock: File,
}

/// Some steps, in the journal.
#[derive(Serialize, Deserialize)]
struct Line {
    number: u64,
    steps: Vec<Step>,
    /// Where it goes on.
    token: Option<String>,
}

/// What came of a step for an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    New,
    Changed,
    Removed,
    None,
}

impl Keeper {
    /// Opens a book, which is made if it is not there and may be.
    pub(super) fn open(place: &Path, network: &Network, may_make: bool) -> Result<Self, SyncError> {
        let book = Book::open(place, may_make)?;
        let folder = book.beside();
        own_folder(&folder).map_err(SyncError::of(&folder))?;
        let lock = own_file(OpenOptions::new().create(true).write(true), &folder.join("lock"))?;
        if lock.try_lock().is_err() {
            let place = place.display();
            return Err(SyncError::new(format!("another balai sync works on {place}: wait until it is done")));
        }
        files::forget_unfinished(&folder)?;
        let state = state(&folder, network)?;
        let path = folder.join("journal.jsonl");
        let journal = own_file(OpenOptions::new().create(true).read(true).append(true), &path)?;
        let mut keeper = Self { folder, journal, length: 0, state, book, _lock: lock };
        keeper.again()?;
        Ok(keeper)
    }

    /// Does what the journal holds. What stands there by half was never done, and is dropped.
    fn again(&mut self) -> Result<(), SyncError> {
        let path = self.folder.join("journal.jsonl");
        let mut text = vec![];
        self.journal.read_to_end(&mut text).map_err(SyncError::of(&path))?;
        let mut good = 0;
        for piece in text.split_inclusive(|byte| *byte == b'\n') {
            let Some(line) = piece.strip_suffix(b"\n").and_then(|line| serde_json::from_slice::<Line>(line).ok())
            else {
                break;
            };
            good += piece.len() as u64;
            if line.number > self.state.line {
                self.done(&line)?;
            }
        }
        if good > 0 {
            return self.compact();
        }
        self.journal.set_len(good).map_err(SyncError::of(&path))
    }

    /// Does some steps, after which it goes on from a token: what came of each.
    pub(super) fn apply(&mut self, steps: Vec<Step>, token: Option<String>) -> Result<Vec<Change>, SyncError> {
        let path = self.folder.join("journal.jsonl");
        let line = Line { number: self.state.line + 1, steps, token };
        let mut text = serde_json::to_vec(&line).map_err(|_| SyncError::new("the journal cannot be written"))?;
        text.push(b'\n');
        self.journal.write_all(&text).and_then(|()| self.journal.sync_data()).map_err(SyncError::of(&path))?;
        self.length += text.len() as u64;
        let changes = self.done(&line)?;
        if self.length > LONGEST {
            self.compact()?;
        }
        Ok(changes)
    }

    fn done(&mut self, line: &Line) -> Result<Vec<Change>, SyncError> {
        let changes = line.steps.iter().map(|step| self.step(step)).collect::<Result<_, _>>()?;
        if line.token.is_some() {
            self.state.token.clone_from(&line.token);
        }
        self.state.line = line.number;
        Ok(changes)
    }

    fn step(&mut self, step: &Step) -> Result<Change, SyncError> {
        let (mut change, mut hash) = (Change::None, None);
        match step {
            Step::Put { key, text, .. } => {
                change = match self.book.text(key)? {
                    None => Change::New,
                    Some(before) if before == *text => Change::None,
                    Some(_) => Change::Changed,
                };
                if change != Change::None {
                    self.book.put(key, text)?;
                }
                hash = Some(hash_of(text));
            }
            Step::Merge { id, version, key, external_id, was, text } => {
                let now = self.book.text(key)?;
                let is = now.as_deref().map(hash_of);
                if is.as_deref() != Some(was) && now.as_ref() != Some(text) {
                    let (id, key, external_id) = (id.clone(), key.clone(), external_id.clone());
                    return self.step(&Step::Note { id, version: *version, key, external_id });
                }
                if now.as_ref() != Some(text) {
                    change = Change::Changed;
                    self.book.put(key, text)?;
                }
                hash = Some(hash_of(text));
            }
            Step::Remove { id } => {
                if let Some(known) = self.state.contacts.get(id) {
                    self.book.remove(&known.key)?;
                    change = Change::Removed;
                }
            }
            Step::Discard { key } => {
                change = if self.book.text(key)?.is_some() { Change::Removed } else { Change::None };
                self.book.remove(key)?;
            }
            Step::Begin { .. } | Step::Note { .. } | Step::Release { .. } | Step::Pushed { .. } | Step::Finish => {}
        }
        self.state.step(step, hash);
        Ok(change)
    }

    /// Keeps the book and the state as they are now, and empties the journal.
    pub(super) fn compact(&mut self) -> Result<(), SyncError> {
        self.book.save()?;
        let text = serde_json::to_vec_pretty(&self.state).map_err(|_| SyncError::new("the state cannot be written"))?;
        files::replace(&self.folder, &self.folder.join("state.json"), &text, true)?;
        files::settle(&self.folder)?;
        let path = self.folder.join("journal.jsonl");
        let emptied = self.journal.set_len(0).and_then(|()| self.journal.seek(SeekFrom::Start(0)));
        emptied.and_then(|_| self.journal.sync_all()).map_err(SyncError::of(&path))?;
        self.length = 0;
        Ok(())
    }

    /// Whether there was anything before.
    pub(super) fn is_new(&self) -> bool {
        self.state.contacts.is_empty() && self.state.token.is_none()
    }
}

fn state(folder: &Path, network: &Network) -> Result<State, SyncError> {
    let path = folder.join("state.json");
    let place = folder.display();
    if !path.exists() {
        return Ok(State::new(network.address(), network.client_id()));
    }
    let text = fs::read(&path).map_err(SyncError::of(&path))?;
    let damaged = || {
        SyncError::new(format!(
            "{place} is damaged, or of another release: remove it, and pull; own entries are recognised by their IDs"
        ))
    };
    let state = State::kept(&text).ok_or_else(damaged)?;
    if state.url != network.address() || state.client != network.client_id() {
        let State { url, client, .. } = &state;
        return Err(SyncError::new(format!(
            "this book is kept in step with {url} by the machine {client}: give its address and credentials, or another \
             book"
        )));
    }
    Ok(state)
}
