//! A mail server on loopback that a test can make refuse, and the mails that reached it.

use std::{
    collections::BTreeSet,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard},
};

use model::alerts::{MailServer, Secret, Security};
use probe::NetworkPolicy;
use server::alerts::{Bell, Outgoing, Post};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
};

use super::House;

pub struct MailHouse {
    address: SocketAddr,
    desk: Arc<Mutex<Desk>>,
}

/// What it does, and what it has seen.
#[derive(Default)]
pub struct Desk {
    /// Whom it takes nothing for.
    pub refused: BTreeSet<String>,
    /// Whether it knows nobody who logs in.
    pub is_locked: bool,
    /// Whether it goes away after a mail instead of saying that it has it.
    pub is_silent: bool,
    /// Whether it neither answers who takes leave nor goes away.
    pub is_clinging: bool,
    /// How often somebody wanted to log in.
    pub log_ins: usize,
    pub mails: Vec<Mail>,
}

#[derive(Clone, Debug)]
pub struct Mail {
    pub to: String,
    text: String,
}

impl Mail {
    /// A header of one line.
    pub fn header(&self, name: &str) -> &str {
        let mut lines = self.text.lines();
        lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).unwrap()
    }
}

impl MailHouse {
    pub async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let desk = Arc::<Mutex<Desk>>::default();
        let of_all = Arc::clone(&desk);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // One after the other; who breaks off is no concern of the next.
                let _ = serve(stream, &of_all).await;
            }
        });
        Self { address, desk }
    }

    pub fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap()
    }

    /// Whom the mails were for, in their order.
    pub fn reached(&self) -> Vec<String> {
        self.desk().mails.iter().map(|mail| mail.to.clone()).collect()
    }

    /// Where mail is handed in without a log-in.
    pub fn server(&self) -> MailServer {
        MailServer {
            host: self.address.ip().to_string().parse().unwrap(),
            port: self.address.port().to_string().parse().unwrap(),
            security: Security::Plain,
            username: None,
        }
    }

    /// The alerts of a house, with this to hand them in at.
    pub fn post(&self, house: &House) -> Post {
        let server = MailServer { username: Some("hufu".to_owned()), ..self.server() };
        let password = Some(Secret("open sesame".to_owned()));
        let sender = "hufu@mail.example.com".parse().unwrap();
        let outgoing = Outgoing { server, password, sender, public_url: None };
        Post::new(house.store.clone(), house.clock(), Some(outgoing), NetworkPolicy::default(), Bell::default())
    }
}

/// One conversation (RFC 5321), as far as a client needs it that does everything right.
async fn serve(stream: TcpStream, desk: &Mutex<Desk>) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    say(&mut stream, "220 mail.example.com").await?;
    let mut to = String::new();
    loop {
        let line = read(&mut stream).await?;
        let verb = line.split_whitespace().next().unwrap_or_default();
        let answer = match verb {
            "EHLO" => "250-mail.example.com\r\n250 AUTH PLAIN",
            "AUTH" => log_in(&mut desk.lock().unwrap()),
            "RCPT" => {
                let (_, address) = line.split_once('<').unwrap();
                address.split_once('>').unwrap().0.clone_into(&mut to);
                let is_refused = desk.lock().unwrap().refused.contains(&to);
                if is_refused { "550 no such mailbox here" } else { "250 ok" }
            }
            "DATA" => {
                say(&mut stream, "354 go on").await?;
                let mut text = String::new();
                loop {
                    let line = read(&mut stream).await?;
                    if line == ".\r\n" {
                        break;
                    }
                    text.push_str(&line);
                }
                let mut desk = desk.lock().unwrap();
                desk.mails.push(Mail { to: to.clone(), text });
                if desk.is_silent {
                    return Ok(());
                }
                "250 taken"
            }
            "QUIT" => {
                let is_clinging = desk.lock().unwrap().is_clinging;
                if is_clinging {
                    continue;
                }
                return say(&mut stream, "221 bye").await;
            }
            _ => "250 ok",
        };
        say(&mut stream, answer).await?;
    }
}

fn log_in(desk: &mut Desk) -> &'static str {
    desk.log_ins += 1;
    if desk.is_locked { "535 who are you" } else { "235 come in" }
}

async fn say(stream: &mut BufReader<TcpStream>, line: &str) -> io::Result<()> {
    stream.get_mut().write_all(format!("{line}\r\n").as_bytes()).await
}

async fn read(stream: &mut BufReader<TcpStream>) -> io::Result<String> {
    let mut line = String::new();
    match stream.read_line(&mut line).await? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        _ => Ok(line),
    }
}
