//! The rules of the tree, so that a review need not repeat them.
use std::{
    fs,
    path::{Path, PathBuf},
};

/// The rooms, from the outside in: one uses those after it, never those before it.
const ORDER: [&str; 16] = [
    "commands",
    "sync",
    "http",
    "schema",
    "reference",
    "domain",
    "graphql",
    "access",
    "changes",
    "mail",
    "config",
    "validation",
    "db",
    "error",
    "clock",
    "telemetry",
];

/// What the top of the tree holds, beside hidden files.
const TOP: [&str; 9] =
    ["Cargo.lock", "Cargo.toml", "LICENSE", "README.md", "api", "docker-compose.yml", "entity", "migration", "tests"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The files of `api/src`, by their path in it.
fn api() -> Vec<(String, String)> {
    let folder = root().join("api/src");
    let mut found = vec![];
    sources(&folder, &mut found);
    let name = |path: &PathBuf| path.strip_prefix(&folder).unwrap().to_string_lossy().into_owned();
    found.iter().map(|path| (name(path), fs::read_to_string(path).unwrap())).collect()
}

/// The rooms that a file uses: `crate::room` and, in a grouped `use crate::{…}`, a line that begins with the room.
fn uses(text: &str, room: &str) -> bool {
    let grouped = |line: &str| line.starts_with(&format!("    {room}::")) || line.starts_with(&format!("    {room},"));
    let mut in_group = false;
    for line in text.lines() {
        if line == "use crate::{" {
            in_group = true;
        } else if line == "};" {
            in_group = false;
        }
        let inline = line.starts_with("use crate::{") && line.ends_with("};");
        let named_inline = inline
            && line
                .trim_start_matches("use crate::{")
                .split([',', ' ', '{'])
                .any(|word| word.starts_with(&format!("{room}::")));
        if line.contains(&format!("crate::{room}")) || (in_group && grouped(line)) || named_inline {
            return true;
        }
    }
    false
}

#[test]
fn rooms_only_look_inwards() {
    for (file, text) in api() {
        let room = file.split(['/', '.']).next().unwrap();
        if ["lib", "main"].contains(&room) {
            continue;
        }
        let rank = ORDER.iter().position(|known| *known == room);
        let rank = rank.unwrap_or_else(|| panic!("{file} is in no room of the order"));
        for outer in &ORDER[..rank] {
            assert!(!uses(&text, outer), "{file} looks outwards, at {outer}");
        }
    }
}

#[test]
fn the_check_of_the_order_sees_each_way_to_name_a_room() {
    assert!(uses("use crate::http::Server;", "http"));
    assert!(uses("use crate::{\n    error::Error,\n    http::Server,\n};", "http"));
    assert!(uses("use crate::{error::Error, http::Server};", "http"));
    assert!(!uses("use crate::{\n    db::Sort,\n};\n    http::x();", "http"));
}

/// Whether a file holds rules.
fn rules(file: &str) -> bool {
    ["service.rs", "writing.rs", "stored.rs", "lifecycle.rs", "content.rs"].iter().any(|end| file.ends_with(end))
}

#[test]
fn rules_know_neither_graphql_nor_http() {
    for (file, text) in api().iter().filter(|(file, _)| rules(file)) {
        assert!(!text.contains("async_graphql") && !text.contains("actix"), "{file}");
    }
}

#[test]
fn only_the_inner_rooms_and_services_ask_tables() {
    for (file, text) in api() {
        let may = file.starts_with("db/")
            || file.starts_with("changes/")
            || file.starts_with("reference/")
            || file.starts_with("access/")
            || file.starts_with("commands/")
            || file.ends_with("service.rs")
            || file.ends_with("writing.rs")
            || file.ends_with("stored.rs")
            || file.ends_with("loader.rs");
        assert!(may || !text.replace("::EntityTrait", "").contains("::Entity"), "{file} asks a table itself");
    }
}

#[test]
fn the_client_that_syncs_knows_a_service_by_http_alone() {
    let (mut seen, asks) = (0, ["DatabaseConnection", "ConnectionTrait", "EntityTrait", "Reading", "Settings"]);
    for (file, text) in api().iter().filter(|(file, _)| file.starts_with("sync/")) {
        seen += 1;
        assert!(!asks.iter().any(|word| text.contains(word)), "{file} asks a database");
    }
    assert!(seen > 10);
}

#[test]
fn files_stay_small() {
    for (file, text) in api() {
        let lines = text.lines().count();
        assert!(lines <= 400, "{file} has {lines} lines: which second subject has moved in?");
    }
}

#[test]
fn no_file_is_a_lumber_room() {
    for (file, _) in api() {
        for name in ["utils", "util", "helpers", "helper", "common", "misc"] {
            assert!(!file.split(['/', '.']).any(|part| part == name), "{file} says nothing about what is in it");
        }
    }
}

#[test]
fn the_top_of_the_tree_is_as_it_is_laid_out() {
    let entries = fs::read_dir(root()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut found: Vec<String> = entries.filter(|name| !name.starts_with('.') && name != "target").collect();
    found.sort();
    assert_eq!(found, TOP);
}

#[test]
fn no_test_sleeps_or_is_switched_off() {
    let mut found = vec![];
    sources(&root().join("tests"), &mut found);
    sources(&root().join("api/src"), &mut found);
    for path in found {
        let text = fs::read_to_string(&path).unwrap();
        for forbidden in [concat!("thread::", "sleep"), concat!("time::", "sleep"), concat!("#[", "ignore")] {
            assert!(!text.contains(forbidden), "{}: {forbidden}", path.display());
        }
    }
}

#[test]
fn the_operators_guide_lists_the_settings() {
    let guide = fs::read_to_string(root().join("api/docs/operators.md")).unwrap();
    let rows = guide.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    let mut told: Vec<&str> = rows.filter(|name| name.starts_with("BALAI_") || *name == "DATABASE_URL").collect();
    let mut settings = api::config::variables();
    told.sort_unstable();
    settings.sort();
    assert_eq!(told, settings);
}
