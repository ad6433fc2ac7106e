//! Letters: a subject, a text part and an HTML part each, in the language that is set, and nothing of anybody in a subject.
use harness::{Backend, Grant, Letter, Postbox, Server};
use serde_json::json;

/// The letter with which somebody of this name gets a new password.
async fn reset(name: &str, flags: &[&str]) -> (Server, Letter) {
    let postbox = Postbox::open().await;
    let flags = [flags, &["--smtp-url", &postbox.url]].concat();
    let server = Server::start_with(Backend::Sqlite, &flags).await;
    server.account("somebody@example.org", &[Grant::Admin]).await;
    let named = format!("UPDATE account SET name = '{name}' WHERE email_key = 'somebody@example.org'");
    sea_orm::ConnectionTrait::execute_unprepared(&server.database().await, &named).await.unwrap();
    let query = r#"mutation { requestPasswordReset(input: {email: "somebody@example.org"}) { accepted } }"#;
    assert_eq!(server.ask(query).await.data()["requestPasswordReset"], json!({ "accepted": true }));
    let (_, letter) = postbox.letter().await;
    (server, letter)
}

#[tokio::test]
async fn a_letter_says_the_same_as_text_and_as_html() {
    let (server, letter) = reset("Ara <i>Invented</i> & Daughters", &[]).await;
    let link = format!("{}/link/{}", server.address(), letter.secret());
    assert!(letter.text.starts_with("Dear Ara <i>Invented</i> & Daughters,\n"), "{}", letter.text);
    assert!(letter.text.contains(&format!("\n{link}\n")), "{}", letter.text);
    let html = letter.html.replace("&#x2f;", "/");
    assert!(html.starts_with("<!doctype html>\n<html lang=\"en\">"), "{html}");
    assert!(html.contains("<p>Dear Ara &lt;i&gt;Invented&lt;/i&gt; &amp; Daughters,</p>"), "{html}");
    assert!(html.contains(&format!("<a href=\"{link}\">{link}</a>")), "{html}");
    assert_eq!(letter.subject, "A new password for Balai", "the same for everybody");
    assert_eq!(letter.header("Auto-Submitted"), "auto-generated");
    assert!(letter.header("To").contains("<somebody@example.org>"));
}

#[tokio::test]
async fn a_translation_needs_a_file_and_no_build() {
    let folder = tempfile::tempdir().unwrap();
    let translated =
        "{% block subject %}새 비밀번호{% endblock %}{% block text %}{{ name }} 님: {{ link }}{% endblock %}
        {% block html %}<p>{{ name }} 님: {{ link }}</p>{% endblock %}";
    std::fs::write(folder.path().join("reset.ko.jinja"), translated).unwrap();
    std::fs::write(folder.path().join("README.md"), "Letters, as we say them.").unwrap();
    let of = ["--mail-templates-dir", folder.path().to_str().unwrap(), "--mail-language", "ko-KR"];
    let (_, letter) = reset("아라", &of).await;
    assert_eq!(letter.subject, "새 비밀번호");
    assert!(letter.text.starts_with("아라 님: http"), "{}", letter.text);
    assert!(letter.html.contains("<html lang=\"ko\">") && letter.html.contains("<p>아라 님: http"), "{}", letter.html);
    // Where the language is not set, what ships is sent.
    let (_, letter) = reset("Ara", &of[..2]).await;
    assert_eq!(letter.subject, "A new password for Balai");
}
