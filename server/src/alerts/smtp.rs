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
        commands::{Data, Mail as MailFrom, Rcpt},
        extension::ClientId,
    },
};
use model::{
    HostPort, Timestamp,
    alerts::{EmailAddress, MAIL_TAKES_SECONDS_MOST, MailFailure, MailServer, Obstacle, Secret, Security},
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
    /// Whether it would be the same for every mail: there is no mail server, or it has not let Hufu in. One that hangs
    /// over a mail may do so for its recipient or its text alone.
    pub(super) of_server: bool,
}

impl NotTaken {
    fn by(failure: MailFailure, step: Step) -> Self {
        let is_same_for_all = matches!(failure, MailFailure::Hindered { why: Obstacle::WantsStarttls, .. });
        Self { failure, of_server: step != Step::Mail || is_same_for_all }
    }
}

/// How far it has got with a mail server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// Its address is looked for.
    Address,
    /// It is connected to, and is to greet.
    Greeting,
    /// It has greeted, and is to let Hufu in.
    LogIn,
    /// It would take a mail.
    Mail,
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
    let mut step = Step::Address;
    let sending = async {
        let address = resolve(&outgoing.server, policy).await?;
        hand_in(outgoing, address, &message, &mut step).await
    };
    let sent = timeout(WHOLE, sending).await;
    let sent = sent.unwrap_or_else(|_| Err(too_slow(&outgoing.server, step)));
    sent.map_err(|failure| NotTaken::by(failure, step))
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

/// Connects to the mail server and hands the mail in. What an error means depends on the `step`, which is set.
async fn hand_in(
    outgoing: &Outgoing,
    address: SocketAddr,
    message: &Message,
    step: &mut Step,
) -> Result<(), MailFailure> {
    let server = &outgoing.server;
    let failed = |error: smtp::Error| failure(&error, server);
    let hello = ClientId::Domain(outgoing.sender.domain().to_owned());
    let wrapped = (server.security == Security::Tls).then(|| parameters(server)).transpose()?;
    *step = Step::Greeting;
    let connection = AsyncSmtpConnection::connect_tokio1(address, Some(CONNECT), &hello, wrapped, None).await;
    let mut connection = connection.map_err(failed)?;
    *step = Step::LogIn;
    if server.security == Security::Starttls && connection.can_starttls() {
        // Where this fails nothing more can be said, no goodbye either.
        connection.starttls(parameters(server)?, &hello).await.map_err(failed)?;
    }
    let outcome = converse(&mut connection, outgoing, message, step).await;
    // What came of the mail is known, however the server takes its leave.
    tokio::spawn(async move { timeout(LEAVE, connection.abort()).await });
    outcome
}

/// The conversation with the mail server once the connection is as it stays, but for its end.
async fn converse(
    connection: &mut AsyncSmtpConnection,
    outgoing: &Outgoing,
    message: &Message,
    step: &mut Step,
) -> Result<(), MailFailure> {
    let server = &outgoing.server;
    if server.security == Security::Starttls && !connection.is_encrypted() {
        return Err(hindered(server, Obstacle::NoStarttls));
    }
    if let (Some(name), Some(Secret(password))) = (&server.username, &outgoing.password) {
        if connection.server_info().get_auth_mechanism(DEFAULT_MECHANISMS).is_none() {
            // Some offer a log-in once the connection is protected and not before.
            let why = if connection.can_starttls() { Obstacle::WantsStarttls } else { Obstacle::NoLogIn };
            return Err(hindered(server, why));
        }
        let credentials = Credentials::new(name.clone(), password.clone());
        let logged_in = connection.auth(DEFAULT_MECHANISMS, &credentials).await;
        logged_in.map_err(|error| or_starttls(log_in_failure(&error, server), server, connection))?;
    }
    *step = Step::Mail;
    let taken = deliver(connection, message).await;
    taken.map_err(|error| or_starttls(failure(&error, server), server, connection))
}

/// One mail, all of whose addresses and text are ASCII. The library's own way of it waits for the server to take its
/// leave before it tells of a refusal.
async fn deliver(connection: &mut AsyncSmtpConnection, message: &Message) -> Result<(), smtp::Error> {
    let envelope = message.envelope();
    connection.command(MailFrom::new(envelope.from().cloned(), Vec::new())).await?;
    for address in envelope.to() {
        connection.command(Rcpt::new(address.clone(), Vec::new())).await?;
    }
    connection.command(Data).await?;
    connection.message(&message.formatted()).await?;
    Ok(())
}

fn parameters(server: &MailServer) -> Result<TlsParameters, MailFailure> {
    TlsParameters::new(server.host.to_string()).map_err(|error| failure(&error, server))
}

/// What it means that all the time is gone at `step`.
fn too_slow(server: &MailServer, step: Step) -> MailFailure {
    let seconds = WHOLE.as_secs();
    match step {
        Step::Address => {
            MailFailure::NotFound { server: server.host.clone(), said: format!("no answer within {seconds} s") }
        }
        Step::Greeting if server.security != Security::Tls => hindered(server, Obstacle::NoGreeting),
        Step::Greeting | Step::LogIn | Step::Mail => MailFailure::Slow { seconds, at: Some(at(server)) },
    }
}

/// The failure, or that STARTTLS is what is missing: 530 says that (RFC 3207 section 4) or that a log-in is (RFC 4954
/// section 6), which some servers offer once the connection is protected and not before.
fn or_starttls(failure: MailFailure, server: &MailServer, connection: &AsyncSmtpConnection) -> MailFailure {
    let is_missing = match &failure {
        MailFailure::Refused { status: Some(530), said } | MailFailure::LogIn { status: 530, said } => {
            let offers_log_in = connection.server_info().get_auth_mechanism(DEFAULT_MECHANISMS).is_some();
            !offers_log_in || said.to_ascii_uppercase().contains("STARTTLS")
        }
        _ => false,
    };
    if is_missing && connection.can_starttls() { hindered(server, Obstacle::WantsStarttls) } else { failure }
}

fn hindered(server: &MailServer, why: Obstacle) -> MailFailure {
    MailFailure::Hindered { at: at(server), why }
}

fn at(server: &MailServer) -> HostPort {
    HostPort { host: server.host.clone(), port: server.port }
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
const WHOLE: Duration = Duration::from_secs(MAIL_TAKES_SECONDS_MOST);

/// For the end of the conversation.
const LEAVE: Duration = Duration::from_secs(2);

/// Most characters kept of what a mail server says.
const WORDS_MOST: usize = 300;

/// Most addresses of a mail server that are tried.
const ADDRESSES_MOST: usize = 8;

#[cfg(test)]
mod tests;
