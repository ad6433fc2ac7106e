//! By what contacts are found whose names may be the same, in whichever order and spelling.
use std::collections::BTreeSet;

use entity::{name_key, vocabulary::SubjectKind};
use sea_orm::{ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _};
use uuid::Uuid;

use super::fold;

/// How many words of a person's name are paired.
const PAIRED: usize = 6;
/// Fewer consonants say nothing about whose name it is.
const CONSONANTS: usize = 3;

/// The keys of names: two that may be the same have one in common.
///
/// - The letters in their order in the alphabet, which are the same in whichever order the words are, and wherever they are
///   parted: `Kim Min-ji` and `Minji Kim`.
/// - The consonants alike, where there are enough, whatever the vowels are: `Mohammed` and `Muhammad`.
/// - Of people each two words: a name between them may be left out.
fn keys_of(kind: SubjectKind, names: &[String]) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    for name in names {
        let folded = fold(name);
        let mut letters: Vec<char> = folded.chars().filter(|letter| *letter != ' ').collect();
        letters.sort_unstable();
        if letters.is_empty() {
            continue;
        }
        let mut consonants: Vec<char> = folded.split(' ').flat_map(consonants_of).collect();
        consonants.sort_unstable();
        if consonants.len() >= CONSONANTS {
            keys.insert(format!("c {}", consonants.into_iter().collect::<String>()));
        }
        keys.insert(format!("l {}", letters.into_iter().collect::<String>()));
        if kind == SubjectKind::Policymaker {
            let mut words: Vec<&str> = folded.split(' ').take(PAIRED).collect();
            words.sort_unstable();
            for (place, one) in words.iter().enumerate() {
                keys.extend(words[place + 1..].iter().map(|two| format!("w {one} {two}")));
            }
        }
    }
    keys
}

/// The consonants of a word in Latin letters, each once where it stands twice in a row.
fn consonants_of(word: &str) -> Vec<char> {
    let mut found: Vec<char> = word.chars().filter(char::is_ascii_alphabetic).collect();
    found.dedup();
    found.retain(|letter| !"aeiouyw".contains(*letter));
    found
}

/// The keys of a contact; none of anything else.
pub(crate) fn name_keys_of(id: Uuid, kind: SubjectKind, names: &[String]) -> Vec<name_key::ActiveModel> {
    if !matches!(kind, SubjectKind::Policymaker | SubjectKind::Institution) {
        return vec![];
    }
    let row = |key| name_key::ActiveModel { subject_id: Set(id), key: Set(key), kind: Set(kind) };
    keys_of(kind, names).into_iter().map(row).collect()
}

/// Has a contact be found by these names, which has none yet.
pub(crate) async fn key_names(
    db: &impl ConnectionTrait,
    kind: SubjectKind,
    id: Uuid,
    names: &[String],
) -> Result<(), DbErr> {
    let keys = name_keys_of(id, kind, names);
    if !keys.is_empty() {
        name_key::Entity::insert_many(keys).exec_without_returning(db).await?;
    }
    Ok(())
}

/// Has a contact be found by its names no more.
pub(crate) async fn forget_names(db: &impl ConnectionTrait, id: Uuid) -> Result<(), DbErr> {
    name_key::Entity::delete_many().filter(name_key::Column::SubjectId.eq(id)).exec(db).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meet(one: &str, two: &str) -> bool {
        let keys = |name: &str| keys_of(SubjectKind::Policymaker, &[name.to_owned()]);
        !keys(one).is_disjoint(&keys(two))
    }

    #[test]
    fn names_that_may_be_the_same_have_a_key_in_common() {
        for (one, two) in [
            ("Nguyễn Thị Linh", "Linh Nguyen Thi"),
            ("Kim Min-ji", "Minji Kim"),
            ("Kim Min-ji", "Minjee Kim"),
            ("김민지", "민지 김"),
            ("Linh Nguyen", "Nguyễn Thị Linh"),
            ("Mohammed Ali", "Muhammad Ali"),
        ] {
            assert!(meet(one, two), "{one} {two}");
        }
        for (one, two) in [("Kim Min-ji", "Kim Bora"), ("Linh", "Lan"), ("", "")] {
            assert!(!meet(one, two), "{one} {two}");
        }
    }
}
