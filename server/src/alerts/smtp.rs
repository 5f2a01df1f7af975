//! Hands one mail to the mail server.

use std::{
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
        authentication::Credentials,
        client::{Tls, TlsParameters},
        extension::ClientId,
    },
};
use model::{
    ServerName, Timestamp,
    alerts::{EmailAddress, MailServer, Secret, Security},
};
use probe::NetworkPolicy;
use tokio::{net::lookup_host, time::timeout};

use super::Outgoing;

/// Why a mail was not taken.
#[derive(Debug, thiserror::Error)]
pub(super) enum SendError {
    /// The name of the mail server leads nowhere.
    #[error("{server} was not found: {source}")]
    NotFound { server: ServerName, source: std::io::Error },
    /// It leads where nothing may be sent.
    #[error("{server} is at {address}, which is no public address: allow its range with --allow-net")]
    NotAllowed { server: ServerName, address: SocketAddr },
    /// It did not finish in time.
    #[error("the mail server did not finish within {} s", .0.as_secs())]
    Slow(Duration),
    /// It refused, or spoke no SMTP.
    #[error("{0}")]
    Smtp(String),
    /// We made something of it that is no mail.
    #[error("the mail could not be written: {0}")]
    Ours(String),
}

/// Sends `mail` to one address. With a policy, the mail server must be where it allows.
pub(super) async fn send(
    outgoing: &Outgoing,
    policy: Option<&NetworkPolicy>,
    to: &EmailAddress,
    mail: &Mail,
    now: Timestamp,
) -> Result<(), SendError> {
    let message = message(outgoing, to, mail, now)?;
    let sending = async {
        let address = resolve(&outgoing.server, policy).await?;
        let transport = transport(outgoing, address)?;
        let sent = transport.send(message).await;
        sent.map(drop).map_err(|error| SendError::Smtp(words_of(&error)))
    };
    timeout(WHOLE, sending).await.map_err(|_| SendError::Slow(WHOLE))?
}

fn message(outgoing: &Outgoing, to: &EmailAddress, mail: &Mail, now: Timestamp) -> Result<Message, SendError> {
    let ours = |error: &dyn std::fmt::Display| SendError::Ours(error.to_string());
    let mailbox = |name: Option<&str>, address: &EmailAddress| {
        let address = address.as_str().parse().map_err(|error| ours(&error))?;
        Ok::<_, SendError>(Mailbox::new(name.map(str::to_owned), address))
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
async fn resolve(server: &MailServer, policy: Option<&NetworkPolicy>) -> Result<SocketAddr, SendError> {
    let not_found = |source| SendError::NotFound { server: server.host.clone(), source };
    let port = server.port.number();
    let mut refused = None;
    for address in lookup_host((server.host.to_string(), port)).await.map_err(not_found)? {
        if policy.is_none_or(|policy| policy.check(address.ip()).is_ok()) {
            return Ok(address);
        }
        refused = Some(address);
    }
    Err(match refused {
        Some(address) => SendError::NotAllowed { server: server.host.clone(), address },
        None => not_found(std::io::ErrorKind::NotFound.into()),
    })
}

fn transport(outgoing: &Outgoing, address: SocketAddr) -> Result<AsyncSmtpTransport<Tokio1Executor>, SendError> {
    let server = &outgoing.server;
    let parameters = || TlsParameters::new(server.host.to_string()).map_err(|error| SendError::Smtp(words_of(&error)));
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

/// What went wrong, with its causes: the library keeps the server's words below its own.
fn words_of(error: &dyn std::error::Error) -> String {
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
