//! What letters say: files with a subject, a text part and an HTML part, one for each letter and language.
use std::{collections::BTreeMap, fs, path::Path};

use minijinja::{Environment, Error, ErrorKind, Template, UndefinedBehavior, Value};

use super::Letter;

/// The language that every letter is there in.
const ENGLISH: &str = "en";
/// What the files' names end with.
const EXTENSION: &str = "jinja";
/// The file of what is around the HTML part of every letter.
const FRAME: &str = "frame";
/// The files that ship and are no letter's English one: the frame, and translations.
const SHIPPED: [(&str, &str); 1] = [(FRAME, include_str!("../../pages/mail/frame.jinja"))];
/// What the frame may use.
const FRAMED: [&str; 3] = ["subject", "body", "language"];
/// What every letter may use, beside what it tells: whom it is for.
const NAME: &str = "name";

/// What a letter says.
#[derive(Debug)]
pub(super) struct Parts {
    pub(super) subject: String,
    pub(super) text: String,
    pub(super) html: String,
}

/// What letters say, in the language that they are written in.
pub(crate) struct Templates {
    files: Environment<'static>,
    /// The languages that a letter may be in, the best first.
    languages: Vec<String>,
}

impl Templates {
    /// In this language, where a letter is there in it; the files of a folder come before those that ship. Each is tried.
    ///
    /// # Errors
    ///
    /// If a file cannot be read or used, or there is none in the language: a sentence for the operator.
    pub(crate) fn new(language: &str, folder: Option<&Path>) -> Result<Self, String> {
        let mut files = Environment::new();
        // What is not told must not be left out in silence.
        files.set_undefined_behavior(UndefinedBehavior::Strict);
        let mut templates = Self { files, languages: languages(language) };
        for (stem, source) in SHIPPED {
            templates.add(stem, source.to_owned())?;
        }
        for letter in Letter::EXAMPLES {
            templates.add(&format!("{}.{ENGLISH}", letter.name()), letter.shipped().to_owned())?;
        }
        if let Some(folder) = folder {
            templates.add_folder(folder)?;
        }
        templates.try_all()?;
        templates.are_there(language)?;
        Ok(templates)
    }

    /// The language that letters are best in.
    pub(super) fn language(&self) -> &str {
        self.languages.first().map_or(ENGLISH, String::as_str)
    }

    /// What a letter says to whom it is for.
    pub(super) fn write(&self, letter: Letter<'_>, name: &str) -> Result<Parts, Error> {
        let stems = self.languages.iter().map(|language| (language, format!("{}.{language}", letter.name())));
        let found = stems.into_iter().find(|(_, stem)| self.files.get_template(&as_text(stem)).is_ok());
        let (language, stem) = found.ok_or_else(|| Error::new(ErrorKind::TemplateNotFound, "a letter is missing"))?;
        self.written((&stem, language), letter, name)
    }

    fn written(&self, (stem, language): (&str, &str), letter: Letter<'_>, name: &str) -> Result<Parts, Error> {
        let text = self.files.get_template(&as_text(stem))?;
        let html = self.files.get_template(&as_html(stem))?;
        let mut values: BTreeMap<&str, Value> = letter.values().into_iter().map(|(key, v)| (key, v.into())).collect();
        values.insert(NAME, name.into());
        let values = Value::from(values);
        let (subject, said) = (self.subject(stem)?, block(&text, "text", &values)? + "\n");
        let body = Value::from_safe_string(block(&html, "html", &values)?);
        let framed = [("subject", Value::from(&subject)), ("body", body), ("language", language.into())];
        let framed = Value::from(BTreeMap::from(framed));
        let html = self.files.get_template(&as_html(FRAME))?.render(framed)?.trim().to_owned() + "\n";
        Ok(Parts { subject, text: said, html })
    }

    /// It is the same for everybody: nothing of what the letter tells is known here.
    fn subject(&self, stem: &str) -> Result<String, Error> {
        let said = self.files.get_template(&as_text(stem))?.new_state().render_block("subject")?;
        Ok(said.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    fn add_folder(&mut self, folder: &Path) -> Result<(), String> {
        let unread =
            |what: &Path, cause| format!("cannot read {}: {cause}; see BALAI_MAIL_TEMPLATES_DIR", what.display());
        for entry in fs::read_dir(folder).map_err(|cause| unread(folder, cause))? {
            let path = entry.map_err(|cause| unread(folder, cause))?.path();
            if path.extension().is_none_or(|extension| extension != EXTENSION) {
                continue;
            }
            let stem = path.file_stem().map(|stem| stem.to_string_lossy().to_lowercase()).unwrap_or_default();
            if stem != FRAME && named(&stem).is_none() {
                let known: Vec<_> = Letter::EXAMPLES.iter().map(|letter| letter.name()).collect();
                let message = format!("it is called as no letter is, which are {}", known.join(", "));
                return Err(unusable(&stem, &format!("{message}, each with a language: reset.ko.jinja")));
            }
            self.add(&stem, fs::read_to_string(&path).map_err(|cause| unread(&path, cause))?)?;
        }
        Ok(())
    }

    /// A file is there twice: HTML is escaped, text is not.
    fn add(&mut self, stem: &str, source: String) -> Result<(), String> {
        let mut add = |name, source| self.files.add_template_owned(name, source);
        let added = add(as_text(stem), source.clone()).and_then(|()| add(as_html(stem), source));
        added.map_err(|cause| unusable(stem, &cause))
    }

    /// Tries each file with examples: what is wrong with it is told now, and not when somebody waits for a letter.
    fn try_all(&self) -> Result<(), String> {
        let stems = || self.files.templates().filter_map(|(name, file)| Some((name.strip_suffix(".html")?, file)));
        for (stem, file) in stems() {
            let known = named(stem).map_or(FRAMED.to_vec(), |(letter, _)| {
                letter.values().into_iter().map(|(value, _)| value).chain([NAME]).collect()
            });
            // Also where it is not used with the examples.
            let used = file.undeclared_variables(false);
            if let Some(unknown) = used.iter().find(|used| !known.contains(&used.as_str())) {
                return Err(unusable(stem, &format!("it uses {unknown}, and may use {}", known.join(", "))));
            }
            if stem == FRAME && !used.contains("body") {
                return Err(unusable(stem, &"it does not use body, which is what it is around"));
            }
        }
        for (stem, _) in stems() {
            let Some((letter, language)) = named(stem) else { continue };
            self.subject(stem).map_err(|cause| match cause.kind() {
                ErrorKind::UndefinedError => unusable(stem, &"its subject uses a value, and others may read a subject"),
                _ => unusable(stem, &cause),
            })?;
            self.written((stem, language), letter, "Example").map_err(|cause| unusable(stem, &cause))?;
        }
        Ok(())
    }

    /// There are letters in the language; those that are not are told of.
    fn are_there(&self, language: &str) -> Result<(), String> {
        let preferred: Vec<_> = self.languages.iter().take_while(|known| *known != ENGLISH).collect();
        let names = Letter::EXAMPLES.iter().map(|letter| letter.name());
        let missing: Vec<_> = names
            .filter(|name| {
                let there = |known: &&String| self.files.get_template(&as_text(&format!("{name}.{known}"))).is_ok();
                !preferred.is_empty() && !preferred.iter().any(there)
            })
            .collect();
        if missing.len() == Letter::EXAMPLES.len() {
            return Err(format!(
                "BALAI_MAIL_LANGUAGE is {language}, in which there is no letter: put {}.{language}.{EXTENSION} and the \
                 others into the folder of BALAI_MAIL_TEMPLATES_DIR",
                missing.first().unwrap_or(&FRAME)
            ));
        }
        if !missing.is_empty() {
            tracing::warn!(letters = missing.join(" "), "letters are not there in the language that is set");
        }
        Ok(())
    }
}

/// The letter and the language that a file's name tells.
fn named(stem: &str) -> Option<(Letter<'static>, &str)> {
    let (name, language) = stem.split_once('.')?;
    let letter = Letter::EXAMPLES.iter().find(|letter| letter.name() == name)?;
    Some((*letter, language)).filter(|_| !language.is_empty())
}

/// A language, what it is a sort of, and English: `pt-tl`, `pt`, `en`.
fn languages(tag: &str) -> Vec<String> {
    let tag = tag.to_lowercase();
    let ends = tag.match_indices('-').map(|(end, _)| end).chain([tag.len()]);
    let mut known: Vec<String> = ends.map(|end| tag[..end].to_owned()).filter(|tag| tag != ENGLISH).collect();
    known.reverse();
    known.push(ENGLISH.to_owned());
    known
}

fn block(template: &Template<'_, '_>, name: &str, values: &Value) -> Result<String, Error> {
    let mut captured = template.render_captured(values.clone())?;
    Ok(captured.with_state_mut(|state| state.render_block(name))?.trim().to_owned())
}

fn as_text(stem: &str) -> String {
    format!("{stem}.txt")
}

fn as_html(stem: &str) -> String {
    format!("{stem}.html")
}

fn unusable(stem: &str, cause: &dyn std::fmt::Display) -> String {
    format!("the letter {stem}.{EXTENSION} cannot be used: {cause}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_folder(files: &[(&str, &[u8])], language: &str) -> Result<Templates, String> {
        let Ok(folder) = tempfile::tempdir() else { return Err("no folder".to_owned()) };
        for (name, content) in files {
            fs::write(folder.path().join(name), content).map_err(|cause| cause.to_string())?;
        }
        Templates::new(language, Some(folder.path()))
    }

    fn refused(name: &str, content: &str) -> String {
        in_folder(&[(name, content.as_bytes())], "en").err().unwrap_or_default()
    }

    #[test]
    fn every_letter_has_each_part_in_every_language_that_ships() -> Result<(), String> {
        let templates = Templates::new("en", None)?;
        let mut embedded = 0;
        for (name, _) in templates.files.templates() {
            let Some(stem) = name.strip_suffix(".html") else { continue };
            embedded += 1;
            let Some((letter, language)) = named(stem) else { continue };
            let parts = templates.written((stem, language), letter, "Example").map_err(|cause| cause.to_string())?;
            for part in [parts.subject, parts.text, parts.html] {
                assert!(!part.trim().is_empty(), "{stem}");
            }
        }
        let folder = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/pages/mail")).map_err(|e| e.to_string())?;
        assert_eq!(embedded, folder.count(), "every file of the folder is embedded");
        Ok(())
    }

    #[test]
    fn values_are_escaped_in_html_and_not_in_text() -> Result<(), String> {
        let templates = Templates::new("en", None)?;
        let letter = Letter::Reset { link: "https://example.org/?a=1&b=\"2\"" };
        let Parts { subject, text, html } = templates.write(letter, "<b>Ara</b>").map_err(|cause| cause.to_string())?;
        assert!(text.contains("Dear <b>Ara</b>,") && text.contains("/?a=1&b=\"2\"\n"), "{text}");
        assert!(html.contains("Dear &lt;b&gt;Ara") && html.contains("?a=1&amp;b=&quot;2&quot;\">"), "{html}");
        assert!(!html.contains("<b>Ara"), "{html}");
        assert!(!subject.contains("Ara") && !subject.contains('\n'), "{subject}");
        Ok(())
    }

    #[test]
    fn what_is_wrong_with_a_file_is_told_at_the_start() {
        let parts = |subject: &str, text: &str, html: &str| {
            format!(
                "{{% block subject %}}{subject}{{% endblock %}}{{% block text %}}{text}{{% endblock %}}{{% block html %}}{html}{{% endblock %}}"
            )
        };
        assert_eq!(refused("reset.ko.jinja", &parts("제목", "{{ name }}", "<p>{{ link }}</p>")), "");
        for (name, content, told) in [
            ("reset.ko.jinja", "{% block subject %}".to_owned(), "syntax error"),
            ("reset.ko.jinja", "{% block text %}{% endblock %}{% block html %}{% endblock %}".to_owned(), "'subject'"),
            ("reset.ko.jinja", parts("{{ name }}", "", ""), "its subject uses a value"),
            (
                "reset.ko.jinja",
                parts("", "{% if false %}{{ lnik }}{% endif %}", ""),
                "uses lnik, and may use link, name",
            ),
            ("reset.ko.jinja", parts("", "", "{{ link|nonsense }}"), "nonsense"),
            ("rest.ko.jinja", parts("", "", ""), "no letter is, which are"),
            ("frame.jinja", "{{ subject }}".to_owned(), "does not use body"),
            ("frame.jinja", "{{ body }}{{ name }}".to_owned(), "uses name, and may use subject, body, language"),
        ] {
            let said = refused(name, &content);
            assert!(said.contains(name) && said.contains(told), "{name} {content}: {said}");
        }
        let said = in_folder(&[("reset.ko.jinja", b"\xff")], "en").err().unwrap_or_default();
        assert!(said.contains("cannot read") && said.contains("reset.ko.jinja"), "{said}");
    }

    #[test]
    fn a_language_is_followed_by_what_it_is_a_sort_of() {
        assert_eq!(languages("zh-Hant-TW"), ["zh-hant-tw", "zh-hant", "zh", "en"]);
        assert_eq!(languages("en-GB"), ["en-gb", "en"]);
        assert_eq!(languages("en"), ["en"]);
    }
}
