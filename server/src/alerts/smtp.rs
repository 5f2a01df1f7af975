//! Hands one mail to the mail server.

use std::{
    error::Error,
    io,
    net::SocketAddr,
    time::{Duration, UNIX_EPOCH},
};

use app::alerts::mail::Mail;
use lettre::{
    Message,
    message::{
        Mailbox,
        header::{ContentType, Header, HeaderName, HeaderValue},
    },
    transport::smtp::{
        self,
        authentication::{Credentials, DEFAULT_MECHANISMS},
        client::{AsyncSmtpConnection, TlsParameters},
        extension::ClientId,
    },
};
use model::{
    HostPort, Timestamp,
    alerts::{EmailAddress, MailFailure, MailServer, Obstacle, Secret, Security},
};
use probe::NetworkPolicy;
use rustls::CertificateError;
use tokio::{
    net::{TcpStream, lookup_host},
    time::timeout,
};

use super::Outgoing;

/// Why a mail was not taken.
pub(super) struct NotTaken {
    pub(super) failure: MailFailure,
    /// Whether it would be the same for every mail: there is no mail server, it has not let Hufu in, or it is so slow
    /// that each mail would take as long.
    pub(super) of_server: bool,
}

impl NotTaken {
    fn by(failure: MailFailure, is_in: bool) -> Self {
        let of_server = !is_in || matches!(failure, MailFailure::Slow { .. });
        Self { failure, of_server }
    }
}

/// Sends `mail` to one address, known by `id`. With a policy, the mail server must be where it allows.
pub(super) async fn send(
    outgoing: &Outgoing,
    policy: Option<&NetworkPolicy>,
    to: &EmailAddress,
    mail: &Mail,
    id: &str,
    now: Timestamp,
) -> Result<(), NotTaken> {
    let message = message(outgoing, to, mail, id, now).map_err(|failure| NotTaken { failure, of_server: false })?;
    let mut is_in = false;
    let sending = async {
        let address = resolve(&outgoing.server, policy).await?;
        hand_in(outgoing, address, &message, &mut is_in).await
    };
    let sent = timeout(WHOLE, sending).await;
    let sent = sent.unwrap_or_else(|_| Err(MailFailure::Slow { seconds: WHOLE.as_secs() }));
    let mut connection = sent.map_err(|failure| NotTaken::by(failure, is_in))?;
    // The mail is taken, however the server takes its leave.
    let _ = timeout(LEAVE, connection.abort()).await;
    Ok(())
}

fn message(
    outgoing: &Outgoing,
    to: &EmailAddress,
    mail: &Mail,
    id: &str,
    now: Timestamp,
) -> Result<Message, MailFailure> {
    let ours = |error: &dyn std::fmt::Display| MailFailure::Unwritable { said: error.to_string() };
    let mailbox = |name: Option<&str>, address: &EmailAddress| {
        let address = address.as_str().parse().map_err(|error| ours(&error))?;
        Ok::<_, MailFailure>(Mailbox::new(name.map(str::to_owned), address))
    };
    Message::builder()
        .from(mailbox(Some("Hufu"), &outgoing.sender)?)
        .to(mailbox(None, to)?)
        .subject(mail.subject.clone())
        .date(UNIX_EPOCH + Duration::from_secs(u64::try_from(now.as_second()).unwrap_or_default()))
        .message_id(Some(format!("<{id}@{}>", outgoing.sender.domain())))
        .header(AutoSubmitted)
        .header(ContentType::TEXT_PLAIN)
        .body(mail.text.clone())
        .map_err(|error| ours(&error))
}

/// No machine is to answer (RFC 3834 section 5).
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// The address to connect to. The policy holds for the very address of the connection.
async fn resolve(server: &MailServer, policy: Option<&NetworkPolicy>) -> Result<SocketAddr, MailFailure> {
    let not_found = |error: io::Error| MailFailure::NotFound { server: server.host.clone(), said: said(&error) };
    let found = lookup_host((server.host.to_string(), server.port.number())).await.map_err(not_found)?;
    let is_allowed = |address: &SocketAddr| policy.is_none_or(|policy| policy.check(address.ip()).is_ok());
    let (mut allowed, refused): (Vec<SocketAddr>, Vec<SocketAddr>) = found.partition(is_allowed);
    allowed.truncate(ADDRESSES_MOST);
    first_to_open(&allowed).await.ok_or_else(|| match refused.last() {
        Some(address) => MailFailure::NotAllowed { server: server.host.clone(), address: address.ip() },
        None => not_found(io::ErrorKind::NotFound.into()),
    })
}

/// The first address that takes a connection. The last of them is not tried here: if it takes none either, that is
/// told by whoever connects to it.
async fn first_to_open(addresses: &[SocketAddr]) -> Option<SocketAddr> {
    let (last, others) = addresses.split_last()?;
    // Each has the same part of the time for one.
    let wait = CONNECT / u32::try_from(others.len()).unwrap_or(u32::MAX).max(1);
    for &address in others {
        if matches!(timeout(wait, TcpStream::connect(address)).await, Ok(Ok(_))) {
            return Some(address);
        }
    }
    Some(*last)
}

/// The conversation with the mail server, step by step: what an error means depends on the step. `is_in` is set once
/// the server would take a mail. The connection over which it was taken is left to be ended.
async fn hand_in(
    outgoing: &Outgoing,
    address: SocketAddr,
    message: &Message,
    is_in: &mut bool,
) -> Result<AsyncSmtpConnection, MailFailure> {
    let server = &outgoing.server;
    let failed = |error: smtp::Error| failure(&error, server);
    let parameters = || TlsParameters::new(server.host.to_string()).map_err(failed);
    let hello = ClientId::Domain(outgoing.sender.domain().to_owned());
    let wrapped = (server.security == Security::Tls).then(parameters).transpose()?;
    let connection = AsyncSmtpConnection::connect_tokio1(address, Some(CONNECT), &hello, wrapped, None).await;
    let mut connection = connection.map_err(failed)?;
    if server.security == Security::Starttls {
        if !connection.can_starttls() {
            connection.abort().await;
            return Err(hindered(server, Obstacle::NoStarttls));
        }
        connection.starttls(parameters()?, &hello).await.map_err(failed)?;
    }
    if let (Some(name), Some(Secret(password))) = (&server.username, &outgoing.password) {
        if connection.server_info().get_auth_mechanism(DEFAULT_MECHANISMS).is_none() {
            connection.abort().await;
            return Err(hindered(server, Obstacle::NoLogIn));
        }
        let credentials = Credentials::new(name.clone(), password.clone());
        let logged_in = connection.auth(DEFAULT_MECHANISMS, &credentials).await;
        logged_in.map_err(|error| log_in_failure(&error, server))?;
    }
    *is_in = true;
    connection.send(message.envelope(), &message.formatted()).await.map_err(failed)?;
    Ok(connection)
}

fn hindered(server: &MailServer, why: Obstacle) -> MailFailure {
    MailFailure::Hindered { at: HostPort { host: server.host.clone(), port: server.port }, why }
}

/// Name and password are wrong only where the refusal is for good: one for now, such as 454, says nothing of them.
fn log_in_failure(error: &smtp::Error, server: &MailServer) -> MailFailure {
    match failure(error, server) {
        MailFailure::Refused { status: Some(status), said } if error.is_permanent() => {
            MailFailure::LogIn { status, said }
        }
        other => other,
    }
}

fn failure(error: &smtp::Error, server: &MailServer) -> MailFailure {
    // The library's own words only name the kind; those of the server or the network are below.
    let said = error.source().map_or_else(|| said(error), said);
    if let Some(status) = error.status() {
        return MailFailure::Refused { status: Some(status.into()), said };
    }
    if let Some(why) = causes(error).find_map(obstacle) {
        return hindered(server, why);
    }
    // The library tells a failed handshake as a failed connection.
    if error.is_tls() || causes(error).any(|cause| tls_error(cause).is_some()) {
        return MailFailure::Tls { said };
    }
    if error.is_response() || error.is_client() {
        return MailFailure::Protocol { said };
    }
    MailFailure::Connection { said }
}

/// An error and what is below it.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

/// What a cause is known as.
fn obstacle(cause: &(dyn Error + 'static)) -> Option<Obstacle> {
    match tls_error(cause) {
        // The first bytes were no record of TLS.
        Some(rustls::Error::InvalidMessage(_)) => Some(Obstacle::NoTls),
        Some(rustls::Error::InvalidCertificate(why)) => about_certificate(why),
        Some(_) => None,
        None => match cause.downcast_ref::<io::Error>()?.kind() {
            io::ErrorKind::ConnectionRefused => Some(Obstacle::Refused),
            io::ErrorKind::TimedOut => Some(Obstacle::Silent),
            io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable | io::ErrorKind::NetworkDown => {
                Some(Obstacle::NoRoute)
            }
            io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::UnexpectedEof => Some(Obstacle::Closed),
            _ => None,
        },
    }
}

fn about_certificate(why: &CertificateError) -> Option<Obstacle> {
    match why {
        // The other errors of webpki have it that a certificate of an authority, such as one that has signed itself,
        // serves as that of a server.
        // And one whose issuer has the name of a root and another key has a signature that is not that root's.
        CertificateError::UnknownIssuer
        | CertificateError::Other(_)
        | CertificateError::BadSignature
        | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => Some(Obstacle::Untrusted),
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => Some(Obstacle::Expired),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => Some(Obstacle::NotYetValid),
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            Some(Obstacle::WrongName)
        }
        _ => None,
    }
}

/// The error of TLS that a cause is, or carries: one of input and output has it inside, and not below.
fn tls_error<'a>(cause: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    cause.downcast_ref().or_else(|| cause.downcast_ref::<io::Error>()?.get_ref()?.downcast_ref())
}

/// An error with its causes, in one line.
fn said(error: &(dyn Error + 'static)) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(below) = cause {
        let more = below.to_string();
        if more.starts_with(&words) {
            words = more;
        } else if !words.contains(&more) {
            words.push_str(": ");
            words.push_str(&more);
        }
        cause = below.source();
    }
    let one_line: String = words.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    one_line.chars().take(WORDS_MOST).collect()
}

/// For the connection to come about; what is said over it has no limit of its own.
const CONNECT: Duration = Duration::from_secs(15);

/// From the look-up of the server's address until it has taken the mail.
const WHOLE: Duration = Duration::from_secs(40);

/// For the end of the conversation, once the mail is taken.
const LEAVE: Duration = Duration::from_secs(2);

/// Most characters kept of what a mail server says.
const WORDS_MOST: usize = 300;

/// Most addresses of a mail server that are tried.
const ADDRESSES_MOST: usize = 8;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::net::TcpListener;

    use probe::lab::Lab;
    use tokio::{
        io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
        net::TcpSocket,
    };

    use super::*;

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

    /// Why a mail could not be handed in there, and what that would be if something known stood in the way.
    async fn refused(
        at: HostPort,
        address: SocketAddr,
        security: Security,
        username: Option<&str>,
    ) -> (NotTaken, impl Fn(Obstacle) -> MailFailure) {
        let username = username.map(str::to_owned);
        let server = MailServer { host: at.host.clone(), port: at.port, security, username };
        let password = Some(Secret("open sesame".to_owned()));
        let sender = "hufu@example.com".parse().unwrap();
        let outgoing = Outgoing { server, password, sender, public_url: None };
        let mail = Mail { subject: "Hello".to_owned(), text: "Hello.".to_owned() };
        let to = "li@example.com".parse().unwrap();
        let message = message(&outgoing, &to, &mail, "1", Timestamp::UNIX_EPOCH).unwrap();
        let mut is_in = false;
        let Err(failure) = hand_in(&outgoing, address, &message, &mut is_in).await else { panic!("it was taken") };
        (NotTaken::by(failure, is_in), move |why| MailFailure::Hindered { at: at.clone(), why })
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
        for (address, security, why) in [
            (nobody, Plain, Obstacle::Refused),
            (saying(&[]).await, Tls, Obstacle::Closed),
            (saying(greets).await, Starttls, Obstacle::NoStarttls),
            (saying(greets).await, Plain, Obstacle::NoLogIn),
        ] {
            let at = address.to_string().parse().unwrap();
            let (not_taken, expected) = refused(at, address, security, Some("me")).await;
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
        let cases: [(&[&str], _, _, _); 4] = [
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
    fn a_mail_server_that_hangs_would_for_every_mail() {
        let refused = || MailFailure::Refused { status: Some(550), said: String::new() };
        let slow = || MailFailure::Slow { seconds: 40 };
        for (failure, is_in, of_server) in
            [(refused(), true, false), (refused(), false, true), (slow(), true, true), (slow(), false, true)]
        {
            assert_eq!(NotTaken::by(failure.clone(), is_in).of_server, of_server, "{failure:?} {is_in}");
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
}
