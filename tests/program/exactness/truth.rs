//! What is surely so, told by what was sent and what was answered alone, and by nothing that the service says of itself.
//!
//! Everything that is written carries a mark: people and institutions in their names, e-mail addresses in themselves. Who
//! may see it follows from what was done to it (`domain.md`, "Who sees and does what"):
//! - A person is nobody's until somebody in the network records their consent; then they are every reading machine's, until
//!   the consent is withdrawn, or they are erased, deleted or merged. Whom a machine has pushed is that machine's meanwhile.
//! - An institution is everybody's from when an administrator makes it, lists it or approves its membership; until then that of
//!   the machine alone that has pushed it.
//! - An address is theirs whose holder is, unless it is for the secretariat.
use std::{
    collections::{BTreeSet, HashMap},
    sync::{
        Mutex,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
};

use serde_json::Value;
use tokio::sync::watch;

/// What something is recognised by.
pub(super) type Mark = String;

/// Whom something can be seen by since, of the machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whom {
    All,
    Only(usize),
    But(usize),
}

impl Whom {
    pub(super) fn has(self, machine: usize) -> bool {
        match self {
            Self::All => true,
            Self::Only(one) => machine == one,
            Self::But(one) => machine != one,
        }
    }
}

/// Why something is seen no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    Withdrawn,
    Deleted,
    Merged,
    Erased,
    /// An address, of which the holder has others.
    Dropped,
}

/// What becomes of something by a deed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// It may be seen since.
    Shown,
    /// It is not seen since.
    Hidden(Why),
}

/// What a deed does to something, and for whom.
#[derive(Clone, Debug)]
pub(super) struct Effect {
    pub(super) mark: Mark,
    pub(super) turn: Turn,
    pub(super) whom: Whom,
}

impl Effect {
    pub(super) fn shown(mark: &str, whom: Whom) -> Self {
        Self { mark: mark.to_owned(), turn: Turn::Shown, whom }
    }

    pub(super) fn hidden(mark: &str, why: Why, whom: Whom) -> Self {
        Self { mark: mark.to_owned(), turn: Turn::Hidden(why), whom }
    }
}

/// What somebody does, and when.
#[derive(Clone, Debug)]
pub(super) struct Deed {
    pub(super) sent: u64,
    /// By when it was done, if it was done at all.
    pub(super) over: Option<u64>,
    /// Whether it was done for sure.
    pub(super) done: bool,
    pub(super) effects: Vec<Effect>,
}

/// How a deed ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Done,
    Refused,
    /// The program was killed before it answered.
    Unknown,
}

/// What a machine was told.
#[derive(Clone, Debug)]
pub(super) struct Sight {
    pub(super) machine: usize,
    pub(super) filter: Value,
    /// When it was asked for, and when it came.
    pub(super) between: (u64, u64),
    pub(super) change: Value,
}

/// What was ever written of something that filters ask for.
#[derive(Clone, Debug, Default)]
pub(super) struct Traits {
    pub(super) countries: BTreeSet<String>,
    pub(super) kinds: BTreeSet<String>,
    pub(super) areas: BTreeSet<String>,
    /// The institutions at which a person was ever placed.
    pub(super) places: BTreeSet<Mark>,
    /// Whether a person was ever placed nowhere, or where everybody knows of.
    pub(super) elsewhere: bool,
}

/// What is known.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub(super) deeds: Vec<Deed>,
    pub(super) sights: Vec<Sight>,
    /// The marks of contacts, by their IDs.
    pub(super) marks: HashMap<String, Mark>,
    /// Which contacts addresses are of.
    pub(super) holders: HashMap<Mark, Mark>,
    pub(super) traits: HashMap<Mark, Traits>,
    /// Which contacts may have been merged, survivors first.
    pub(super) merges: Vec<(Mark, Mark)>,
}

/// What is known of a run while it goes on.
#[derive(Debug)]
pub(super) struct Truth {
    ticks: AtomicU64,
    numbers: AtomicUsize,
    known: Mutex<Known>,
    /// How much was done, and whether nothing more comes.
    progress: watch::Sender<(usize, bool)>,
}

impl Default for Truth {
    fn default() -> Self {
        Self {
            ticks: AtomicU64::new(1),
            numbers: AtomicUsize::new(1),
            known: Mutex::default(),
            progress: watch::channel((0, false)).0,
        }
    }
}

impl Truth {
    /// The next moment.
    pub(super) fn tick(&self) -> u64 {
        self.ticks.fetch_add(1, Ordering::SeqCst)
    }

    /// A mark that nothing has: of a person (`p`), an institution (`i`) or an address (`a`).
    pub(super) fn mark(&self, kind: char) -> Mark {
        format!("mark-{kind}{}-", self.numbers.fetch_add(1, Ordering::SeqCst))
    }

    /// Notes something.
    pub(super) fn note<T>(&self, note: impl FnOnce(&mut Known) -> T) -> T {
        note(&mut self.known.lock().unwrap())
    }

    /// Notes which contact an ID is of.
    pub(super) fn know(&self, id: &str, mark: &str) {
        self.note(|known| {
            known.marks.entry(id.to_owned()).or_insert_with(|| mark.to_owned());
        });
    }

    /// Notes what is about to be sent.
    pub(super) fn begins(&self, effects: Vec<Effect>) -> usize {
        let sent = self.tick();
        self.note(|known| {
            known.deeds.push(Deed { sent, over: None, done: false, effects });
            known.deeds.len() - 1
        })
    }

    /// Notes how it ended.
    pub(super) fn ends(&self, deed: usize, end: End) {
        let now = self.tick();
        self.note(|known| {
            let deed = &mut known.deeds[deed];
            (deed.over, deed.done) = (Some(now), end == End::Done);
            if end == End::Refused {
                deed.effects.clear();
            }
        });
    }

    /// Notes that one more thing was done.
    pub(super) fn goes_on(&self) {
        self.progress.send_modify(|(done, _)| *done += 1);
    }

    /// Notes that nothing more is done.
    pub(super) fn rests(&self) {
        self.progress.send_modify(|(_, rests)| *rests = true);
    }

    /// Waits until so much was done.
    pub(super) async fn reaches(&self, much: usize) {
        self.progress.subscribe().wait_for(|(done, rests)| *done >= much || *rests).await.unwrap();
    }

    /// How much was done so far, and whether nothing more comes.
    pub(super) fn progress(&self) -> (usize, bool) {
        *self.progress.borrow()
    }

    /// The contacts that may have become one with a contact, itself included.
    pub(super) fn family(&self, mark: &str) -> BTreeSet<Mark> {
        self.note(|known| known.family(mark))
    }
}

impl Known {
    /// The contacts that may have become one with a contact, itself included.
    pub(super) fn family(&self, mark: &str) -> BTreeSet<Mark> {
        let mut family = BTreeSet::from([mark.to_owned()]);
        loop {
            let before = family.len();
            for (one, other) in &self.merges {
                if family.contains(one) || family.contains(other) {
                    family.extend([one.clone(), other.clone()]);
                }
            }
            if family.len() == before {
                return family;
            }
        }
    }
}

/// The marks in a text.
pub(super) fn marks_in(text: &str) -> BTreeSet<Mark> {
    let found = text.match_indices("mark-").filter_map(|(place, _)| {
        let rest = &text[place + 5..];
        let digits = rest.get(1..)?.find(|sign: char| !sign.is_ascii_digit())?;
        let whole = rest.starts_with(['p', 'i', 'a']) && digits > 0 && rest[1 + digits..].starts_with('-');
        whole.then(|| text[place..][.."mark-p-".len() + digits].to_owned())
    });
    found.collect()
}
