//! Hands one mail to the mail server.

use std::{
    error::Error,
    io,
    net::SocketAddr,
    time::{Duration, UNIX_EPOCH},
};

use app::alerts::mail::Mail;
use lettre::{
    AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor,
    message::{
        Mailbox,
        header::{ContentType, Header, HeaderName, HeaderValue},
    },
    transport::smtp::{
        self,
        authentication::Credentials,
        client::{Tls, TlsParameters},
        extension::ClientId,
    },
};
use model::{
    Timestamp,
    alerts::{EmailAddress, MailFailure, MailServer, Secret, Security},
};
use probe::NetworkPolicy;
use tokio::{
    net::{TcpStream, lookup_host},
    time::timeout,
};

use super::Outgoing;

/// Sends `mail` to one address. With a policy, the mail server must be where it allows.
pub(super) async fn send(
    outgoing: &Outgoing,
    policy: Option<&NetworkPolicy>,
    to: &EmailAddress,
    mail: &Mail,
    now: Timestamp,
) -> Result<(), MailFailure> {
    let message = message(outgoing, to, mail, now)?;
    let sending = async {
        let address = resolve(&outgoing.server, policy).await?;
        let transport = transport(outgoing, address)?;
        transport.send(message).await.map(drop).map_err(|error| failure(&error))
    };
    timeout(WHOLE, sending).await.map_err(|_| MailFailure::Slow { seconds: WHOLE.as_secs() })?
}

fn message(outgoing: &Outgoing, to: &EmailAddress, mail: &Mail, now: Timestamp) -> Result<Message, MailFailure> {
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
        .message_id(None)
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
    // Each has the same part of one step.
    let wait = STEP / u32::try_from(others.len()).unwrap_or(u32::MAX).max(1);
    for &address in others {
        if matches!(timeout(wait, TcpStream::connect(address)).await, Ok(Ok(_))) {
            return Some(address);
        }
    }
    Some(*last)
}

fn transport(outgoing: &Outgoing, address: SocketAddr) -> Result<AsyncSmtpTransport<Tokio1Executor>, MailFailure> {
    let server = &outgoing.server;
    let parameters = || TlsParameters::new(server.host.to_string()).map_err(|error| failure(&error));
    let tls = match server.security {
        Security::Tls => Tls::Wrapper(parameters()?),
        Security::Starttls => Tls::Required(parameters()?),
        Security::Plain => Tls::None,
    };
    let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(address.ip().to_string())
        .port(address.port())
        .tls(tls)
        .timeout(Some(STEP))
        .hello_name(ClientId::Domain(outgoing.sender.domain().to_owned()));
    if let (Some(name), Some(Secret(password))) = (&server.username, &outgoing.password) {
        builder = builder.credentials(Credentials::new(name.clone(), password.clone()));
    }
    Ok(builder.build())
}

fn failure(error: &smtp::Error) -> MailFailure {
    // The library's own words only name the kind; those of the server or the network are below.
    let said = error.source().map_or_else(|| said(error), said);
    match error.status() {
        Some(status) => MailFailure::Refused { status: status.to_string().parse().ok(), said },
        None if error.is_timeout() => MailFailure::Slow { seconds: STEP.as_secs() },
        None if error.is_tls() || is_of_tls(error) => MailFailure::Tls { said },
        None if error.is_response() || error.is_client() => MailFailure::Protocol { said },
        None => MailFailure::Connection { said },
    }
}

/// Whether TLS is among the causes: the library tells a failed handshake as a failed connection.
fn is_of_tls(error: &(dyn Error + 'static)) -> bool {
    let mut causes = std::iter::successors(Some(error), |&error| error.source());
    causes.any(|cause| {
        let inner = cause.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        cause.is::<rustls::Error>() || inner.is_some_and(|inner| inner.is::<rustls::Error>())
    })
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

/// For one step of the conversation.
const STEP: Duration = Duration::from_secs(15);

/// For all of it.
const WHOLE: Duration = Duration::from_secs(40);

/// Most characters kept of what a mail server says.
const WORDS_MOST: usize = 300;

/// Most addresses of a mail server that are tried.
const ADDRESSES_MOST: usize = 8;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::net::TcpListener;

    use tokio::net::TcpSocket;

    use super::*;

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
