//! The server is killed in the middle of writes: nothing it has acknowledged may be lost.

use std::{
    collections::BTreeSet,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{Shutdown, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use serde_json::Value;
use sqlx::{Connection as _, SqliteConnection, sqlite::SqliteConnectOptions};

const ROUNDS: usize = 4;
const WRITERS: usize = 4;
/// Acknowledged writes of a round before the kill; more are under way then.
const BEFORE_KILL: usize = 12;

#[test]
fn nothing_acknowledged_is_lost_when_the_server_is_killed_in_the_middle_of_writes() {
    let directory = tempfile::tempdir().unwrap();
    let mut server = Server::start(directory.path());
    let session = server.set_up();
    let added = server.post("/api/programs/add", "app_id=wx0123456789abcdef&name=Shop", &session);
    assert_eq!(added.status, 200, "{added:?}");

    let acknowledged = Mutex::new(BTreeSet::new());
    for round in 0..ROUNDS {
        let next = AtomicUsize::new(0);
        let (count, killed) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let address = server.address.clone();
        thread::scope(|scope| {
            let writers: [_; WRITERS] = std::array::from_fn(|_| {
                scope.spawn(|| {
                    while killed.load(Ordering::SeqCst) == 0 {
                        let entry = format!("https://r{round}n{}.example.com", next.fetch_add(1, Ordering::SeqCst));
                        let form = format!("id=1&api=business&lines={entry}");
                        // No answer: the server was killed before it could acknowledge.
                        let Some(answer) = try_post(&address, "/api/programs/add-entries", &form, &session) else {
                            break;
                        };
                        assert_eq!(answer.status, 200, "{answer:?}");
                        acknowledged.lock().unwrap().insert(entry);
                        count.fetch_add(1, Ordering::SeqCst);
                    }
                })
            });
            // A writer ends before the kill only when it was refused; the scope tells why.
            while count.load(Ordering::SeqCst) < BEFORE_KILL && !writers.iter().all(|writer| writer.is_finished()) {
                thread::yield_now();
            }
            server.kill();
            killed.store(1, Ordering::SeqCst);
        });

        assert_eq!(integrity(directory.path()), "ok");
        server = Server::start(directory.path());
        // The session was acknowledged too.
        let page = server.post("/api/programs/page", "id=1&wording=en+%2B08:00", &session);
        assert_eq!(page.status, 200, "{page:?}");
        let page: Value = serde_json::from_str(&page.body).unwrap();
        let entries = page["detail"]["entries"].as_array().unwrap();
        let stored: BTreeSet<_> =
            entries.iter().map(|row| row["entry"]["entry"].as_str().unwrap().to_owned()).collect();
        let acknowledged = acknowledged.lock().unwrap();
        assert!(acknowledged.len() >= (round + 1) * BEFORE_KILL);
        assert_eq!(acknowledged.difference(&stored).collect::<Vec<_>>(), Vec::<&String>::new());
        assert_eq!(audited(directory.path()), stored, "each write has its entry in the audit log, and no other has");
    }
    server.kill();
}

fn integrity(data: &Path) -> String {
    query(data, "PRAGMA integrity_check").remove(0)
}

/// The entries that the audit log says were added.
fn audited(data: &Path) -> BTreeSet<String> {
    let details = query(data, "SELECT after FROM audit_log WHERE action LIKE 'entr%' ORDER BY id");
    let entry = |json: &String| serde_json::from_str::<Value>(json).unwrap()["entry"].as_str().unwrap().to_owned();
    details.iter().map(entry).collect()
}

fn query(data: &Path, sql: &'static str) -> Vec<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let options = SqliteConnectOptions::new().filename(data.join("hufu.db"));
        let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
        sqlx::query_scalar(sql).fetch_all(&mut connection).await.unwrap()
    })
}

struct Server {
    process: Child,
    address: String,
    token: Option<String>,
}

#[derive(Debug)]
struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Server {
    fn start(data: &Path) -> Self {
        let first_start = !data.join("hufu.db").exists();
        let mut process = Command::new(env!("CARGO_BIN_EXE_hufu"))
            .args(["serve", "--listen", "127.0.0.1:0", "--data-dir"])
            .arg(data)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (mut address, mut token) = (None, None);
        for line in BufReader::new(process.stdout.take().unwrap()).lines().map_while(Result::ok) {
            if let Some((_, listening)) = line.split_once("listens on http://") {
                address = Some(listening.trim().to_owned());
            }
            if let Some((_, printed)) = line.split_once("/set-up?token=") {
                token = Some(printed.trim().to_owned());
            }
            if address.is_some() && (token.is_some() || !first_start) {
                break;
            }
        }
        Self { process, address: address.unwrap(), token }
    }

    /// Makes the first account; the cookie of its session.
    fn set_up(&self) -> String {
        let token = self.token.as_ref().unwrap();
        let password = "correct+horse+battery";
        let form = format!("token={token}&login=chen&password={password}&password_again={password}");
        let answer = self.post("/api/accounts/set-up", &form, "");
        let cookie = answer.head.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap();
        cookie.split(';').next().unwrap().to_owned()
    }

    fn post(&self, path: &str, form: &str, cookie: &str) -> Answer {
        try_post(&self.address, path, form, cookie).unwrap()
    }

    fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

/// None when the connection breaks before the whole answer is there.
fn try_post(address: &str, path: &str, form: &str, cookie: &str) -> Option<Answer> {
    let mut stream = TcpStream::connect(address).ok()?;
    let request = format!(
        "POST {path} HTTP/1.1\r\nhost: {address}\r\norigin: http://{address}\r\ncookie: {cookie}\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{form}",
        form.len()
    );
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    // The server may have closed first.
    let _ = stream.shutdown(Shutdown::Both);
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).map_or(0, |n| n.parse().unwrap());
    let status = head.split(' ').nth(1)?.parse().ok()?;
    (body.len() == length).then(|| Answer { status, head: head.to_owned(), body: body.to_owned() })
}
