//! Every write of every service, and its lines in the audit log: both are there, or neither is.

use crate::common::{House, PASSWORD, SHOP, filing, paste_icp, probed, program_with, set_up, urls};
use app::{export::Format, i18n::Locale};
use futures::StreamExt as _;
use model::{
    Api, Limits, Tags, Zone,
    accounts::{Access, Actor, ChoosePassword, Client, LogIn, PasswordChange, PersonChange, Role, SessionToken, SetUp},
    alerts::{Language, MailChange},
    audit::Action,
    endpoints::{Endpoints as _, Scope},
    icp::IcpState,
    programs::{EntryChange, NewProgram, ProgramChange, list::ProgramQuery},
    service::{EndpointId, EntryId, ProgramId, ServiceError},
    url_check::WssPorts,
};
use probe::lab::Lab;
use server::{clock, exports::Wanted};
use sqlx::{AssertSqlSafe, Executor as _, SqliteConnection};

/// Every method of the services that writes. In this order, each finds what it needs.
#[derive(Clone, Copy, Debug)]
enum Write {
    SetUp,
    RefuseLogIn,
    LogIn,
    AddPerson,
    MakeLink,
    ChoosePassword,
    ChangePerson,
    ChangePassword,
    ChangeMail,
    AddProgram,
    ChangeProgram,
    AddRecipient,
    RemoveRecipient,
    AddEntries,
    RecordIcp,
    PasteIcp,
    Probe,
    Export,
    ChangeEntry,
    RemoveEntry,
    RemoveProgram,
    RestoreProgram,
    LogOut,
}

/// Each write, and who did what to what according to the log.
const WRITES: [(Write, &[[&str; 3]]); 23] = [
    (Write::SetUp, &[["chen", "account.set_up", "account chen"], ["chen", "session.start", "account chen"]]),
    (Write::RefuseLogIn, &[["", "session.refused", "account chen"]]),
    (Write::LogIn, &[["chen", "session.start", "account chen"]]),
    (Write::AddPerson, &[["chen", "account.add", "account li"]]),
    (Write::MakeLink, &[["chen", "account.link", "account li"]]),
    (Write::ChoosePassword, &[["li", "account.password", "account li"], ["li", "session.start", "account li"]]),
    (Write::ChangePerson, &[["chen", "account.change", "account li"]]),
    (Write::ChangePassword, &[["li", "account.password", "account li"]]),
    (Write::ChangeMail, &[["chen", "mail.change", "mail settings"]]),
    (Write::AddProgram, &[["chen", "program.add", "program 1"]]),
    (Write::ChangeProgram, &[["chen", "program.change", "program 1"]]),
    (Write::AddRecipient, &[["chen", "recipient.add", "program 1"]]),
    (Write::RemoveRecipient, &[["chen", "recipient.remove", "program 1"]]),
    (Write::AddEntries, &[["chen", "entry.add", "entry LAB/one"], ["chen", "entry.add", "entry LAB/two"]]),
    (Write::RecordIcp, &[["chen", "icp.change", "icp hufu.example"]]),
    (Write::PasteIcp, &[["chen", "icp.change", "icp hufu.example"], ["chen", "icp.change", "icp example.com"]]),
    (Write::Probe, &[["chen", "probe.start", "endpoint 1"], ["", "probe.store", "endpoint LAB"]]),
    (Write::Export, &[["chen", "export.read", "export programs"]]),
    (Write::ChangeEntry, &[["chen", "entry.change", "entry https://other.example.com"]]),
    (Write::RemoveEntry, &[["chen", "entry.remove", "entry https://other.example.com"]]),
    (Write::RemoveProgram, &[["chen", "program.remove", "program 1"]]),
    (Write::RestoreProgram, &[["chen", "program.restore", "program 1"]]),
    (Write::LogOut, &[["chen", "session.end", "account chen"]]),
];

/// Actions that no write above has, and where their lines are proved.
const ELSEWHERE: [(Action, &str); 14] = [
    (Action::ImportApply, "import.rs"),
    (Action::EndpointTag, "endpoints.rs"),
    (Action::EndpointRoute, "endpoints.rs"),
    (Action::EndpointTry, "endpoints.rs"),
    (Action::MailTest, "alerts.rs: it takes a mail server"),
    (Action::NoticeWrite, "alerts.rs: a part of storing a probe"),
    (Action::NoticeSend, "alerts.rs: Hufu does it by itself"),
    (Action::NoticeGiveUp, "outbox.rs: Hufu does it by itself"),
    (Action::NoticeSettle, "alerts.rs: Hufu does it by itself"),
    (Action::NoticeRetry, "outbox.rs: it takes a mail that was refused"),
    (Action::ProbeCancel, "selections.rs: it takes a run under way"),
    (Action::AccountLink, "above, and for the first account when the server starts"),
    (Action::SettingsChange, "settings.rs: it changes how this very test probes"),
    (Action::ProbeStart, "below: it is logged by itself"),
];

/// Somebody who does one write after the other.
struct Hand {
    house: House,
    lab: Lab,
    link: String,
    actor: Option<Actor>,
    session: Option<SessionToken>,
    /// Of the link for somebody else.
    token: String,
    /// They, once they have come in.
    other: Option<(Actor, SessionToken)>,
}

impl Hand {
    async fn new() -> Self {
        let lab = Lab::start(clock::now()).await.unwrap();
        let house = House::open(Some(&lab)).await;
        let link = house.people.set_up_link().await.unwrap().unwrap();
        Self { house, lab, link, actor: None, session: None, token: String::new(), other: None }
    }

    fn actor(&self) -> &Actor {
        self.actor.as_ref().unwrap()
    }

    /// Two servers that answer at once.
    fn lines(&self) -> Vec<String> {
        urls(&self.lab, &["good-ecdsa", "plain-http"])
    }

    async fn write(&mut self, write: Write) -> Result<(), ServiceError> {
        let client = Client::default();
        let services = &self.house.services;
        let programs = &services.programs;
        match write {
            Write::SetUp => {
                let session = services.accounts.set_up(set_up(&self.link), &client).await?;
                self.actor = services.accounts.actor(&session).await?;
                Ok(())
            }
            Write::RefuseLogIn => match services.accounts.log_in(log_in("wrong"), &client).await {
                Err(ServiceError::Invalid { .. }) => Ok(()),
                answer => Err(answer.err().unwrap()),
            },
            Write::LogIn => {
                self.session = Some(services.accounts.log_in(log_in(PASSWORD), &client).await?);
                Ok(())
            }
            Write::AddPerson => {
                self.token = services.accounts.add_person("li".to_owned(), Role::Viewer, self.actor()).await?.0;
                Ok(())
            }
            Write::MakeLink => {
                let id = services.accounts.people(self.actor()).await?.iter().map(|person| person.id).max().unwrap();
                self.token = services.accounts.access_link(id, self.actor()).await?.0;
                Ok(())
            }
            Write::ChoosePassword => {
                let password = || PASSWORD.to_owned();
                let choice =
                    ChoosePassword { token: self.token.clone(), password: password(), password_again: password() };
                let session = services.accounts.choose_password(choice, &client).await?;
                let actor = services.accounts.actor(&session).await?;
                self.other = actor.map(|actor| (actor, session));
                Ok(())
            }
            Write::ChangePerson => {
                let id = services.accounts.people(self.actor()).await?.iter().map(|person| person.id).max().unwrap();
                let access = |role| Access { role, disabled: false };
                let change = PersonChange { was: access(Role::Viewer), becomes: access(Role::Editor) };
                services.accounts.change_person(id, change, self.actor()).await
            }
            Write::ChangePassword => {
                let password = || PASSWORD.to_owned();
                let change = PasswordChange { current: password(), password: password(), password_again: password() };
                let (actor, session) = self.other.as_ref().unwrap();
                services.accounts.change_password(change, session, actor, &client).await
            }
            Write::ChangeMail => {
                let change = MailChange {
                    revision: services.alerts.mail_settings(self.actor()).await?.revision,
                    server: None,
                    password: None,
                    sender: None,
                    public_url: Some("https://hufu.example.com".parse().unwrap()),
                };
                services.alerts.change_mail_settings(change, self.actor()).await
            }
            Write::AddRecipient => {
                let address = "li@example.com".parse().unwrap();
                services.alerts.add_recipient(ProgramId(1), address, Language::English, self.actor()).await
            }
            Write::RemoveRecipient => {
                let id = services.alerts.recipients(ProgramId(1), self.actor()).await?[0].id;
                services.alerts.remove_recipient(ProgramId(1), id, self.actor()).await
            }
            Write::ChangeEntry => {
                let was = self.lines().remove(0);
                let change = EntryChange { was, api: Api::Request, typed: "https://other.example.com".to_owned() };
                programs.change_entry(ProgramId(1), EntryId(1), change, self.actor()).await
            }
            Write::AddProgram => programs.add_program(new_program("Shop"), self.actor()).await.map(|_| ()),
            Write::ChangeProgram => programs.change_program(ProgramId(1), change(1), self.actor()).await,
            Write::AddEntries => {
                programs.add_entries(ProgramId(1), Api::Request, self.lines(), self.actor()).await.map(|_| ())
            }
            Write::RecordIcp => services.icp.record(filing("hufu.example", IcpState::Filed, 0), self.actor()).await,
            Write::PasteIcp => {
                let lines = vec!["hufu.example 未备案".to_owned(), "example.com filed".to_owned()];
                paste_icp(&self.house, lines, self.actor()).await.map(drop)
            }
            Write::Probe => {
                let run = services.endpoints.probe_now(Scope::Endpoint(EndpointId(1)), self.actor()).await?;
                services.endpoints.follow(run, self.actor()).await?.collect::<Vec<_>>().await;
                Ok(())
            }
            Write::Export => {
                let wanted = Wanted { format: Format::Csv, locale: Locale::en, zone: Zone::UTC };
                self.house.exports.inventory(ProgramQuery::default(), wanted, self.actor()).await.map(|_| ())
            }
            Write::RemoveEntry => {
                let was = "https://other.example.com";
                programs.remove_entry(ProgramId(1), EntryId(1), was, self.actor()).await
            }
            Write::RemoveProgram => programs.remove_program(ProgramId(1), self.actor()).await,
            Write::RestoreProgram => programs.restore_program(ProgramId(1), self.actor()).await,
            Write::LogOut => services.accounts.log_out(self.session.as_ref().unwrap(), &client).await,
        }
    }

    /// The lines of the log from `first` on: actor, action, object. The lab's ports are as they come.
    async fn log(&self, first: i64) -> Vec<[String; 3]> {
        let sql = "SELECT COALESCE(actor, ''), action, object FROM audit_log WHERE id > $1 ORDER BY id";
        let rows: Vec<(String, String, String)> =
            sqlx::query_as(sql).bind(first).fetch_all(&mut self.house.connection().await).await.unwrap();
        let lines = self.lines();
        let (one, two) = (lines[0].as_str(), lines[1].as_str());
        let object = |object: String| {
            let object = object.replace(one, "LAB/one").replace(two, "LAB/two");
            object.replace(one.trim_start_matches("https://"), "LAB")
        };
        rows.into_iter().map(|(actor, action, it)| [actor, action, object(it)]).collect()
    }
}

fn log_in(password: &str) -> LogIn {
    LogIn { login: "chen".to_owned(), password: password.to_owned() }
}

fn new_program(name: &str) -> NewProgram {
    NewProgram { app_id: SHOP.parse().unwrap(), name: name.to_owned() }
}

fn change(revision: i64) -> ProgramChange {
    ProgramChange {
        revision,
        name: "Other".to_owned(),
        limits: Limits::new(40).unwrap(),
        wss: WssPorts::default(),
        skip_check: true,
        owner: None,
        tags: Tags::default(),
    }
}

/// Every row of every table but the log's own: what a write that fails must leave as it was.
async fn everything(connection: &mut SqliteConnection) -> Vec<String> {
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT IN ('audit_log', 'sqlite_sequence')
        ORDER BY name";
    let tables: Vec<String> = sqlx::query_scalar(tables).fetch_all(&mut *connection).await.unwrap();
    let mut all = Vec::new();
    for table in tables {
        let columns = "SELECT group_concat('quote(' || name || ')', ' || \",\" || ') FROM pragma_table_info($1)";
        let row: String = sqlx::query_scalar(columns).bind(&table).fetch_one(&mut *connection).await.unwrap();
        let sql = AssertSqlSafe(format!("SELECT {} FROM {table} ORDER BY 1", row.replace('"', "'")));
        let rows: Vec<String> = sqlx::query_scalar(sql).fetch_all(&mut *connection).await.unwrap();
        all.extend(rows.into_iter().map(|row| format!("{table}: {row}")));
    }
    all
}

#[test]
fn no_action_is_forgotten() {
    for action in Action::ALL {
        let written = WRITES.iter().any(|(_, lines)| lines.iter().any(|[_, word, _]| *word == action.as_str()));
        let elsewhere = ELSEWHERE.iter().any(|(known, _)| known == action);
        assert!(written || elsewhere, "{}", action.as_str());
    }
}

#[tokio::test]
async fn every_write_leaves_its_lines_in_the_log_and_no_others() {
    let mut hand = Hand::new().await;
    for (write, lines) in WRITES {
        let before = hand.house.audited().await;
        hand.write(write).await.unwrap();
        assert_eq!(hand.log(before).await, lines, "{write:?}");
    }
    hand.lab.stop().await;
}

#[tokio::test]
async fn a_write_that_cannot_be_logged_does_not_happen() {
    let mut hand = Hand::new().await;
    let mut aside = hand.house.connection().await;
    for (write, lines) in WRITES {
        // The last line of each write fails, so that what came before it must be taken back.
        let action = lines.last().unwrap()[1];
        let trigger = format!(
            "CREATE TRIGGER full BEFORE INSERT ON audit_log WHEN NEW.action = '{action}'
             BEGIN SELECT RAISE(ABORT, 'the disk is full'); END"
        );
        let (before, logged) = (everything(&mut aside).await, hand.house.audited().await);
        aside.execute(AssertSqlSafe(trigger)).await.unwrap();
        let answer = hand.write(write).await;
        // A probe goes on when whoever started it has had an answer: its start is logged by itself.
        let started = i64::from(matches!(write, Write::Probe));
        if started == 0 {
            assert!(matches!(answer, Err(ServiceError::Internal { .. })), "{write:?}: {answer:?}");
        }
        assert_eq!(everything(&mut aside).await, before, "{write:?}");
        assert_eq!(hand.house.audited().await, logged + started, "{write:?}");

        aside.execute("DROP TRIGGER full").await.unwrap();
        assert_eq!(hand.write(write).await, Ok(()), "{write:?} once it can be logged");
    }
    hand.lab.stop().await;
}

#[tokio::test]
async fn a_probe_whose_start_cannot_be_logged_does_not_start() {
    let lab = Lab::start(clock::now()).await.unwrap();
    let house = House::open(Some(&lab)).await;
    let (actor, _) = house.first_account().await;
    let (id, endpoints) = program_with(&house, SHOP, &urls(&lab, &["good-ecdsa"]), &actor).await;
    let mut aside = house.connection().await;
    let full = "CREATE TRIGGER full BEFORE INSERT ON audit_log BEGIN SELECT RAISE(ABORT, 'the disk is full'); END";
    aside.execute(full).await.unwrap();
    let refused = house.probing.probe_now(Scope::Program(id), &actor).await;
    assert!(matches!(refused, Err(ServiceError::Internal { .. })), "{refused:?}");
    assert_eq!(house.services.programs.program(id, &actor).await.unwrap().run, None);
    assert_eq!(house.probing.endpoint(endpoints[0], &actor).await.unwrap().run, None);

    aside.execute("DROP TRIGGER full").await.unwrap();
    assert_eq!(probed(&house.probing, Scope::Program(id), &actor).await.done, 1);
    assert_eq!(house.count("SELECT COUNT(*) FROM observations").await, 1);
    lab.stop().await;
}

#[tokio::test]
async fn what_is_refused_and_what_changes_nothing_leaves_no_line() {
    let house = House::open(None).await;
    let (actor, session) = house.first_account().await;
    let (services, client) = (&house.services, Client::default());
    let entries = ["https://a.example.com".to_owned()];
    let (id, _) = program_with(&house, SHOP, &entries, &actor).await;
    services.programs.change_program(id, change(1), &actor).await.unwrap();
    services.accounts.log_out(&session, &client).await.unwrap();

    let mut aside = house.connection().await;
    let (before, logged) = (everything(&mut aside).await, house.audited().await);
    let (nowhere, programs) = (ProgramId(99), &services.programs);
    let again = SetUp { token: "spent".to_owned(), ..set_up("") };
    let refusals = [
        services.accounts.set_up(again, &client).await.map(|_| ()),
        programs.add_program(new_program("Again"), &actor).await.map(|_| ()),
        programs.add_program(new_program(" \t"), &actor).await.map(|_| ()),
        programs.change_program(id, change(1), &actor).await,
        programs.change_program(nowhere, change(1), &actor).await,
        programs.add_entries(id, Api::Request, entries.to_vec(), &actor).await.map(|_| ()),
        programs.add_entries(id, Api::Request, vec![" ".to_owned()], &actor).await.map(|_| ()),
        programs.add_entries(id, Api::Request, vec!["https://b.example.com".to_owned(); 501], &actor).await.map(|_| ()),
        programs.add_entries(nowhere, Api::Request, vec!["https://b.example.com".to_owned()], &actor).await.map(|_| ()),
        programs.remove_entry(nowhere, EntryId(1), "https://a.example.com", &actor).await,
        programs.remove_entry(id, EntryId(99), "https://a.example.com", &actor).await,
        programs.remove_entry(id, EntryId(1), "https://other.example.com", &actor).await,
        programs.remove_program(nowhere, &actor).await,
        programs.restore_program(nowhere, &actor).await,
        programs.restore_program(id, &actor).await,
        services.endpoints.probe_now(Scope::Program(nowhere), &actor).await.map(|_| ()),
        services.endpoints.probe_now(Scope::Endpoint(EndpointId(99)), &actor).await.map(|_| ()),
    ];
    for (number, refusal) in refusals.iter().enumerate() {
        let caller_s_fault =
            matches!(refusal, Err(ServiceError::Invalid { .. } | ServiceError::NotFound | ServiceError::Conflict));
        assert!(caller_s_fault, "{number}: {refusal:?}");
    }
    // The settings as they are, and a session that is gone.
    assert_eq!(programs.change_program(id, change(2), &actor).await, Ok(()));
    assert_eq!(services.accounts.log_out(&session, &client).await, Ok(()));
    assert_eq!(everything(&mut aside).await, before);
    assert_eq!(house.audited().await, logged);
}

#[tokio::test]
async fn the_log_tells_what_was_and_what_is_and_no_secret() {
    let mut hand = Hand::new().await;
    for (write, _) in WRITES {
        hand.write(write).await.unwrap();
    }
    let sql = "SELECT action, before IS NOT NULL, after IS NOT NULL FROM audit_log
        WHERE action <> 'probe.store' ORDER BY id";
    let rows: Vec<(String, bool, bool)> =
        sqlx::query_as(sql).fetch_all(&mut hand.house.connection().await).await.unwrap();
    let of_filings = rows.iter().filter(|(action, ..)| action == "icp.change");
    // The second is of the same domain as the first, which the third is not.
    assert_eq!(of_filings.map(|(_, before, _)| *before).collect::<Vec<_>>(), [false, true, false]);
    for (action, before, after) in rows {
        let expected = match action.as_str() {
            "account.change" | "entry.change" | "mail.change" | "program.change" => (true, true),
            "recipient.remove" => (true, false),
            "entry.remove" | "program.remove" => (true, false),
            "icp.change" => (before, true),
            _ => (false, true),
        };
        assert_eq!((before, after), expected, "{action}");
    }
    hand.house.every_field_has_words().await;
    let sql = "SELECT group_concat(object || COALESCE(before, '') || COALESCE(after, '')) FROM audit_log";
    let all: String = sqlx::query_scalar(sql).fetch_one(&mut hand.house.connection().await).await.unwrap();
    for secret in [PASSWORD, "wrong", hand.link.as_str(), hand.session.as_ref().unwrap().0.as_str(), "argon2"] {
        assert!(!all.contains(secret), "{secret} is in the log");
    }
    hand.lab.stop().await;
}
