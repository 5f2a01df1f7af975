//! What stands between Hufu and a mail server, told by servers that say one thing and no more.

#![allow(clippy::unwrap_used)]

use std::net::TcpListener;

use probe::lab::Lab;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::TcpSocket,
};

use super::*;

const OFFERS_BOTH: &str = "250-hi\r\n250-AUTH PLAIN\r\n250 STARTTLS";

const WANTS_STARTTLS: &str = "530 5.7.0 Must issue a STARTTLS command first";

/// A mail server that says one thing after each line that it reads, and then no more.
async fn saying(lines: &'static [&'static str]) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let mut stream = BufReader::new(listener.accept().await.unwrap().0);
        for line in lines {
            stream.get_mut().write_all(format!("{line}\r\n").as_bytes()).await.unwrap();
            if stream.read_line(&mut String::new()).await.unwrap_or_default() == 0 {
                return;
            }
        }
    });
    address
}

fn outgoing(at: &HostPort, security: Security, username: Option<&str>) -> Outgoing {
    let username = username.map(str::to_owned);
    let server = MailServer { host: at.host.clone(), port: at.port, security, username };
    let password = Some(Secret("open sesame".to_owned()));
    Outgoing { server, password, sender: "hufu@example.com".parse().unwrap(), public_url: None }
}

fn letter(outgoing: &Outgoing) -> Message {
    let mail = Mail { subject: "Hello".to_owned(), text: "Hello.".to_owned() };
    let to = "li@example.com".parse().unwrap();
    message(outgoing, &to, &mail, "1", Timestamp::UNIX_EPOCH).unwrap()
}

/// Why a mail could not be handed in there, and what that would be if something known stood in the way.
async fn refused(
    at: HostPort,
    address: SocketAddr,
    security: Security,
    username: Option<&str>,
) -> (NotTaken, impl Fn(Obstacle) -> MailFailure) {
    let outgoing = outgoing(&at, security, username);
    let mut step = Step::Address;
    let handed_in = hand_in(&outgoing, address, &letter(&outgoing), &mut step).await;
    let Err(failure) = handed_in else { panic!("it was taken") };
    (NotTaken::by(failure, step), move |why| MailFailure::Hindered { at: at.clone(), why })
}

#[tokio::test]
async fn what_stands_in_the_way_is_known_by_the_step_and_the_kind_of_the_error() {
    use Security::{Plain, Starttls, Tls};

    let lab = Lab::start(crate::clock::now()).await.unwrap();
    for (name, why) in [
        ("smtp", Obstacle::NoTls),
        ("good-ecdsa", Obstacle::Untrusted),
        ("self-signed", Obstacle::Untrusted),
        ("expired", Obstacle::Expired),
        ("not-yet-valid", Obstacle::NotYetValid),
    ] {
        let server = lab.server(name).unwrap();
        let address = SocketAddr::new(server.addresses[0], server.port.number());
        let (not_taken, expected) = refused(server.target(), address, Tls, None).await;
        assert_eq!((not_taken.failure, not_taken.of_server), (expected(why), true), "{name}");
    }
    lab.stop().await;

    let bound = TcpSocket::new_v4().unwrap();
    bound.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let nobody = bound.local_addr().unwrap();
    let greets: &[&str] = &["220 hi", "250 hi", "221 bye"];
    let at_log_in: &[&str] = &["220 hi", OFFERS_BOTH, WANTS_STARTTLS];
    let at_mail: &[&str] = &["220 hi", OFFERS_BOTH, "235 in", WANTS_STARTTLS, "221 bye"];
    let without_log_in: &[&str] = &["220 hi", "250-hi\r\n250 STARTTLS", "530 not like this", "221 bye"];
    for (address, security, username, why) in [
        (nobody, Plain, Some("me"), Obstacle::Refused),
        (saying(&[]).await, Tls, Some("me"), Obstacle::Closed),
        (saying(greets).await, Starttls, Some("me"), Obstacle::NoStarttls),
        (saying(greets).await, Plain, Some("me"), Obstacle::NoLogIn),
        (saying(at_log_in).await, Plain, Some("me"), Obstacle::WantsStarttls),
        (saying(at_mail).await, Plain, Some("me"), Obstacle::WantsStarttls),
        (saying(without_log_in).await, Plain, None, Obstacle::WantsStarttls),
        (saying(without_log_in).await, Plain, Some("me"), Obstacle::WantsStarttls),
    ] {
        let at = address.to_string().parse().unwrap();
        let (not_taken, expected) = refused(at, address, security, username).await;
        assert_eq!((not_taken.failure, not_taken.of_server), (expected(why), true));
    }
    for (kind, why) in [
        (io::ErrorKind::TimedOut, Some(Obstacle::Silent)),
        (io::ErrorKind::NetworkUnreachable, Some(Obstacle::NoRoute)),
        (io::ErrorKind::PermissionDenied, None),
    ] {
        assert_eq!(obstacle(&io::Error::from(kind)), why, "{kind}");
    }
}

#[tokio::test]
async fn what_a_mail_server_says_is_told_with_what_it_was_said_to() {
    let said = |said: &str| said.to_owned();
    let cases: [(&[&str], _, _, _); 6] = [
        (
            &["220 hi", "250-hi\r\n250 AUTH PLAIN", "535 who are you"],
            Some("me"),
            MailFailure::LogIn { status: 535, said: said("who are you") },
            true,
        ),
        (
            &["220 hi", "250-hi\r\n250 AUTH PLAIN", "454 not just now"],
            Some("me"),
            MailFailure::Refused { status: Some(454), said: said("not just now") },
            true,
        ),
        (
            &["220 hi", "250 hi", "250 go on", "550-no such\r\n550 mailbox here", "221 bye"],
            None,
            MailFailure::Refused { status: Some(550), said: said("no such mailbox here") },
            false,
        ),
        (
            &["220 hi", OFFERS_BOTH, "530 log in first", "221 bye"],
            None,
            MailFailure::Refused { status: Some(530), said: said("log in first") },
            false,
        ),
        (
            &["220 hi", "250 hi", "530 no STARTTLS here either", "221 bye"],
            None,
            MailFailure::Refused { status: Some(530), said: said("no STARTTLS here either") },
            false,
        ),
        (&["554 not from you"], None, MailFailure::Refused { status: Some(554), said: said("not from you") }, true),
    ];
    for (lines, username, expected, of_server) in cases {
        let address = saying(lines).await;
        let at = address.to_string().parse().unwrap();
        let (not_taken, _) = refused(at, address, Security::Plain, username).await;
        assert_eq!((not_taken.failure, not_taken.of_server), (expected, of_server));
    }
}

#[test]
fn who_has_not_let_hufu_in_takes_no_mail_at_all() {
    let refused = || MailFailure::Refused { status: Some(550), said: String::new() };
    let slow = || MailFailure::Slow { seconds: 40, at: None };
    for (failure, step, of_server) in [
        (refused(), Step::Mail, false),
        (refused(), Step::LogIn, true),
        (slow(), Step::Mail, false),
        (slow(), Step::LogIn, true),
    ] {
        assert_eq!(NotTaken::by(failure.clone(), step).of_server, of_server, "{failure:?} {step:?}");
    }
}

#[tokio::test]
async fn how_far_it_got_with_a_mail_server_that_hangs_is_told() {
    // It takes a connection and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap();
    let at: HostPort = address.to_string().parse().unwrap();
    let outgoing = outgoing(&at, Security::Plain, None);
    let mut step = Step::Address;
    let waited = Duration::from_millis(50);
    assert!(timeout(waited, hand_in(&outgoing, address, &letter(&outgoing), &mut step)).await.is_err());
    assert_eq!(step, Step::Greeting);

    let told = |step| too_slow(&outgoing.server, step);
    assert!(matches!(told(Step::Address), MailFailure::NotFound { .. }));
    let why = Obstacle::NoGreeting;
    assert_eq!(told(Step::Greeting), MailFailure::Hindered { at: at.clone(), why });
    for step in [Step::LogIn, Step::Mail] {
        assert_eq!(told(step), MailFailure::Slow { seconds: 40, at: Some(at.clone()) });
    }
}

#[tokio::test]
async fn a_mail_server_is_reached_at_the_first_of_its_addresses_that_answers() {
    // Bound and not listening: the port is nobody else's, and a connection is refused.
    let refusing = [0; 2].map(|_| TcpSocket::new_v4().unwrap());
    let [down, down_too] = refusing.each_ref().map(|socket| {
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        socket.local_addr().unwrap()
    });
    let listening = [0; 2].map(|_| TcpListener::bind("127.0.0.1:0").unwrap());
    let [up, up_too] = listening.each_ref().map(|listener| listener.local_addr().unwrap());
    for (addresses, expected) in [
        (&[up][..], Some(up)),
        (&[up, up_too], Some(up)),
        (&[down, up], Some(up)),
        (&[down, up, down_too], Some(up)),
        (&[down, down_too, up_too, up], Some(up_too)),
        // Whose failure is told.
        (&[down, down_too], Some(down_too)),
        (&[], None),
    ] {
        assert_eq!(first_to_open(addresses).await, expected, "{addresses:?}");
    }
}
