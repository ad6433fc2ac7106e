//! What of a subject can be searched, as its entry holds it.
use std::collections::HashSet;

use entity::{search_entry, vocabulary::SubjectKind};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _,
    sea_query::OnConflict,
};
use uuid::Uuid;

use super::{
    fold,
    name_keys::{forget_names, key_names},
};

/// What can be searched of a subject.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Searchable {
    pub(crate) names: Vec<String>,
    pub(crate) more: Vec<String>,
}

/// The entry of a subject.
pub(crate) fn search_entry_of(id: Uuid, kind: SubjectKind, search: &Searchable) -> search_entry::ActiveModel {
    let lines = |texts: &[String]| {
        let mut lines: Vec<String> = texts.iter().map(|text| fold(text)).filter(|line| !line.is_empty()).collect();
        let mut seen = HashSet::new();
        lines.retain(|line| seen.insert(line.clone()));
        lines
    };
    let names = lines(&search.names);
    let content = [names.clone(), lines(&search.more)].concat();
    search_entry::ActiveModel {
        subject_id: Set(id),
        kind: Set(kind),
        names: Set(names.join("\n")),
        content: Set(content.join("\n")),
        ..Default::default()
    }
}

/// Has a subject be found by the second of these, and by nothing else, that was found by the first.
pub(crate) async fn make_searchable(
    db: &impl ConnectionTrait,
    kind: SubjectKind,
    key: Uuid,
    (was, is): (&Searchable, &Searchable),
) -> Result<(), DbErr> {
    if was == is {
        return Ok(());
    }
    let entry = OnConflict::column(search_entry::Column::SubjectId)
        .update_columns([search_entry::Column::Names, search_entry::Column::Content])
        .to_owned();
    search_entry::Entity::insert(search_entry_of(key, kind, is)).on_conflict(entry).exec_without_returning(db).await?;
    if was.names == is.names {
        return Ok(());
    }
    if !was.names.is_empty() {
        forget_names(db, key).await?;
    }
    key_names(db, kind, key, &is.names).await
}

/// Has a subject be found no more.
pub(crate) async fn forget_searchable(db: &impl ConnectionTrait, key: Uuid) -> Result<(), DbErr> {
    search_entry::Entity::delete_many().filter(search_entry::Column::SubjectId.eq(key)).exec(db).await?;
    forget_names(db, key).await?;
    Ok(())
}
