//! How mail leaves: as the environment says, or else as it is set in the console.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    slice,
};

use model::{
    Port, ServerName,
    accounts::Actor,
    alerts::{EmailAddress, Language, MailChange, MailParts, MailServer, MailSettings, Secret},
    audit::Action,
    service::{Field, Problem, ServiceError},
};
use serde_json::{Value, json};
use sqlx::{FromRow, SqliteConnection};

use super::{Inner, Outgoing, smtp};
use crate::{
    audit::Record,
    store::{Failure, statements, stored},
};

impl Inner {
    pub(super) async fn settings(&self) -> Result<MailSettings, Failure> {
        if let Some(outgoing) = &self.environment {
            return Ok(MailSettings {
                server: Some(outgoing.server.clone()),
                sender: Some(outgoing.sender.clone()),
                public_url: outgoing.public_url.clone(),
                has_password: outgoing.password.is_some(),
                from_environment: true,
                barred: None,
                revision: 0,
            });
        }
        let mut read = self.store.read().await?;
        let settings = Row::current(&mut read).await?.settings()?;
        let barred = settings.server.as_ref().and_then(|server| self.barred(&server.host));
        Ok(MailSettings { barred, ..settings })
    }

    /// Where a server of this name or address is, if no mail may go there.
    fn barred(&self, host: &ServerName) -> Option<IpAddr> {
        let addresses: &[IpAddr] = match host {
            ServerName::Ip(address) => slice::from_ref(address),
            ServerName::Dns(name) if name.is_localhost() => &LOOPBACK,
            ServerName::Dns(_) => &[],
        };
        let any_is_open = addresses.iter().any(|address| self.policy.check(*address).is_ok());
        addresses.first().copied().filter(|_| !any_is_open)
    }

    /// Everything that sending needs; none while it is not set.
    pub(super) async fn outgoing(&self) -> Result<Option<Outgoing>, Failure> {
        if let Some(outgoing) = &self.environment {
            return Ok(Some(outgoing.clone()));
        }
        let mut read = self.store.read().await?;
        let row = Row::current(&mut read).await?;
        let MailSettings { server, sender, public_url, .. } = row.settings()?;
        let password = row.password.map(Secret);
        Ok(server.zip(sender).map(|(server, sender)| Outgoing { server, password, sender, public_url }))
    }

    pub(super) async fn change_settings(&self, change: MailChange, actor: &Actor) -> Result<(), Failure> {
        if self.environment.is_some() {
            return Err(ServiceError::Conflict.into());
        }
        let MailChange { revision, server, password, sender, public_url } = change;
        let now = self.clock.now();
        let mut write = self.store.write().await?;
        let old = Row::current(&mut write).await?;
        if old.revision != revision {
            return Err(ServiceError::Conflict.into());
        }
        let before = old.settings()?;
        let parts = MailParts {
            server: server.as_ref().map(Into::into),
            has_password: password.is_some(),
            has_sender: sender.is_some(),
        };
        parts.check(&before)?;
        let keeps_password = parts.keeps_password(&before);
        let password = password.or(old.password.filter(|_| keeps_password).map(Secret));
        let has_name = server.as_ref().is_some_and(|server| server.username.is_some());
        let password = password.filter(|_| has_name);
        let after = MailSettings {
            has_password: password.is_some(),
            revision: revision + 1,
            server,
            sender,
            public_url,
            from_environment: false,
            barred: None,
        };
        sqlx::query(CHANGE)
            .bind(after.server.as_ref().map(|server| server.host.to_string()))
            .bind(after.server.as_ref().map(|server| i64::from(server.port.number())))
            .bind(after.server.as_ref().map(|server| server.security.as_str()))
            .bind(after.server.as_ref().and_then(|server| server.username.clone()))
            .bind(password.map(|Secret(password)| password))
            .bind(after.sender.as_ref().map(EmailAddress::as_str))
            .bind(after.public_url.as_ref().map(ToString::to_string))
            .bind(after.revision)
            .execute(&mut *write)
            .await?;
        let record = Record::by(actor, now, Action::MailChange, "mail settings");
        write.commit([record.before(shown(&before)).after(shown(&after))]).await?;
        self.bell.ring();
        Ok(())
    }

    pub(super) async fn test(&self, to: &EmailAddress, language: Language, actor: &Actor) -> Result<(), Failure> {
        let Some(outgoing) = self.outgoing().await? else {
            return Err(ServiceError::invalid(Field::MailHost, Problem::Empty).into());
        };
        let now = self.clock.now();
        let mail = app::alerts::mail::test(language, &actor.login, outgoing.public_url.as_ref());
        let mut id = [0_u8; 16];
        getrandom::fill(&mut id)?;
        let sent = smtp::send(&outgoing, self.policy_for_mail(), to, &mail, &hex::encode(id), now).await;
        let sent = sent.map_err(|not_taken| not_taken.failure);
        if sent.is_ok() {
            self.end_rest().await;
            self.bell.ring();
        }
        let record = Record::by(actor, now, Action::MailTest, format!("mail to {to}"));
        let error = sent.as_ref().err();
        self.store.write().await?.commit([record.after(json!({ "error": error }))]).await?;
        sent.map_err(|failure| ServiceError::invalid(Field::MailHost, Problem::MailNotTaken(failure)).into())
    }
}

#[derive(FromRow, Default)]
struct Row {
    host: Option<String>,
    port: Option<i64>,
    security: Option<String>,
    username: Option<String>,
    password: Option<String>,
    sender: Option<String>,
    public_url: Option<String>,
    revision: i64,
}

impl Row {
    /// Before the first change there is none, which is as if nothing were set.
    async fn current(connection: &mut SqliteConnection) -> Result<Self, Failure> {
        Ok(sqlx::query_as(SETTINGS).fetch_optional(connection).await?.unwrap_or_default())
    }

    fn settings(&self) -> Result<MailSettings, Failure> {
        let server = match (&self.host, self.port, &self.security) {
            (Some(host), Some(port), Some(security)) => Some(MailServer {
                host: stored("mail server", host.parse())?,
                port: stored("port", u16::try_from(port).ok().and_then(Port::new).ok_or(port))?,
                security: stored("security", security.parse())?,
                username: self.username.clone(),
            }),
            _ => None,
        };
        Ok(MailSettings {
            server,
            sender: self.sender.as_deref().map(|sender| stored("sender", sender.parse())).transpose()?,
            public_url: self.public_url.as_deref().map(|url| stored("public URL", url.parse())).transpose()?,
            has_password: self.password.is_some(),
            from_environment: false,
            barred: None,
            revision: self.revision,
        })
    }
}

/// Settings as the audit log shows them: that there is a password, and never which.
fn shown(settings: &MailSettings) -> Value {
    let MailSettings { server, sender, public_url, has_password, .. } = settings;
    json!({ "server": server, "sender": sender, "public_url": public_url, "has_password": has_password })
}

/// Where `localhost` leads (RFC 6761 section 6.3).
const LOOPBACK: [IpAddr; 2] = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];

statements! {
    SETTINGS = "
        SELECT host, port, security, username, password, sender, public_url, revision
        FROM mail_settings WHERE id = 1";

    CHANGE = "
        INSERT INTO mail_settings (id, host, port, security, username, password, sender, public_url, revision)
        VALUES (1, $1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (id) DO UPDATE SET host = excluded.host, port = excluded.port, security = excluded.security,
            username = excluded.username, password = excluded.password, sender = excluded.sender,
            public_url = excluded.public_url, revision = excluded.revision";
}
