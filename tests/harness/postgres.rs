//! A throwaway PostgreSQL cluster, which lives as long as the tests do.
use std::{
    fs,
    net::TcpListener,
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::OnceLock,
};

/// The URL of a server, without a database: the one that `TEST_DATABASE_URL` names, or one that is started here; none
/// where PostgreSQL's server programs are not installed.
pub(crate) fn url() -> Option<&'static str> {
    static URL: OnceLock<Option<String>> = OnceLock::new();
    let start = || match std::env::var("TEST_DATABASE_URL") {
        Ok(url) => Some(url.trim_end_matches('/').to_owned()),
        Err(_) => programs().map(|programs| start(&programs)),
    };
    URL.get_or_init(start).as_deref()
}

/// Where PostgreSQL's server programs are: on the path, or where Debian puts them.
fn programs() -> Option<PathBuf> {
    let on_path = std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).collect::<Vec<_>>();
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut debian: Vec<_> = versions.map(|version| version.path().join("bin")).collect();
    debian.sort();
    let complete = |folder: &PathBuf| folder.join("initdb").exists() && folder.join("postgres").exists();
    debian.into_iter().rev().chain(on_path).find(complete)
}

/// PostgreSQL refuses to run as root: then it runs as the user that Debian's package makes for it.
fn user() -> Option<(u32, u32)> {
    let root = fs::metadata("/proc/self").is_ok_and(|me| std::os::unix::fs::MetadataExt::uid(&me) == 0);
    let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let line = users.lines().find(|line| line.starts_with("postgres:")).filter(|_| root)?;
    let mut fields = line.split(':').skip(2).map(|field| field.parse().unwrap());
    Some((fields.next()?, fields.next()?))
}

fn command(program: impl AsRef<Path>) -> Command {
    let mut command = Command::new(program.as_ref());
    if let Some((user, group)) = user() {
        command.uid(user).gid(group);
    }
    command.current_dir("/");
    command
}

fn start(programs: &Path) -> String {
    let folder = tempfile::Builder::new().prefix("balai-test-").tempdir().unwrap().keep();
    if let Some((user, group)) = user() {
        std::os::unix::fs::chown(&folder, Some(user), Some(group)).unwrap();
    }
    let data = folder.join("data");
    let made = command(programs.join("initdb"))
        .args(["--auth=trust", "--username=test", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "-D"])
        .arg(&data)
        .stdout(Stdio::null())
        .status();
    assert!(made.unwrap().success(), "initdb makes a cluster");

    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let (child, stdin) = keeper(programs, &folder, port);
    // The keeper ends the server when this process does, however it ends: then its standard input closes.
    static KEEPER: OnceLock<(Child, ChildStdin)> = OnceLock::new();
    KEEPER.set((child, stdin)).unwrap();
    format!("postgres://test@127.0.0.1:{port}")
}

/// A shell that runs the server until its standard input closes, and then removes the cluster.
fn keeper(programs: &Path, folder: &Path, port: u16) -> (Child, ChildStdin) {
    const SCRIPT: &str = r#"
        "$1/postgres" -D "$2/data" -p "$3" -k "$2" -c listen_addresses=127.0.0.1 -c fsync=off \
            -c synchronous_commit=off -c full_page_writes=off -c max_connections=3000 > "$2/log" 2>&1 &
        until "$1/pg_isready" -q -h 127.0.0.1 -p "$3"; do kill -0 $! || exit 1; done
        echo ready
        read -r _
        kill -INT $!
        wait $!
        rm -rf "$2"
    "#;
    let mut child = command("/bin/sh")
        .args(["-c", SCRIPT, "keeper"])
        .args([programs, folder])
        .arg(port.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .process_group(0)
        .spawn()
        .unwrap();
    let stdin = child.stdin.take().unwrap();
    let mut said = String::new();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(child.stdout.take().unwrap()), &mut said).unwrap();
    assert_eq!(said, "ready\n", "the server starts; see {}/log", folder.display());
    (child, stdin)
}
