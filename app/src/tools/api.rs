//! The typed door to what the checks compare with. Judging itself is pure and needs no server.

// #[server] makes a struct of each function's arguments and cannot document its fields.
#![allow(missing_docs)]

use leptos::prelude::*;
use model::{
    Certificate, Code, DomainEntry, Limits, Timestamp, Verdict, Verdicts,
    endpoints::route::Routed,
    fetched::Fetched,
    programs::choice::Offer,
    service::{DraftId, EndpointId, ProgramId, ServiceError},
    tools::Trusted,
    trust::Trust,
    url_check::WssPorts,
    verification::FileFacts,
};
use serde::{Deserialize, Serialize};

use super::found::Found;
use crate::{error::AppError, findings::told::Told, wire::Json, wording::Wording};

/// The mini programs to choose from, and the lists of the chosen one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Register {
    /// What there is to choose from.
    pub offer: Offer,
    /// The one asked for, or the first where none was; none when it is not registered (any more), or it is not
    /// clear which is meant.
    pub chosen: Option<Chosen>,
}

/// The chosen mini program, as far as the checks need it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chosen {
    /// Its id.
    pub id: ProgramId,
    /// Its name.
    pub name: String,
    /// Every entry of its lists.
    pub entries: Vec<DomainEntry>,
    /// How many entries each list may hold.
    pub limits: Limits,
    /// How ports of `wss` URLs are judged.
    pub wss: WssPorts,
    /// The servers behind them, each once.
    pub servers: Vec<Server>,
}

/// A server that an entry names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Server {
    /// Its endpoint.
    pub endpoint: EndpointId,
    /// `host:port`.
    pub target: String,
    /// What stands against it, most severe first.
    pub codes: Vec<Code>,
    /// Whether it was ever probed.
    pub probed: bool,
}

/// Certificates that somebody has sent, judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inspected {
    /// What was sent, as text and without keys.
    pub text: String,
    /// What is told of it, or why there is nothing to tell.
    pub answer: Result<Found, ServiceError>,
}

/// What a phone would say of certificates, in words; see [`model::tools::Inspection`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judged {
    /// The certificates, in the order of the file.
    pub chain: Vec<Certificate>,
    /// What the stores say of them.
    pub trust: Trust,
    /// What stands against them, most severe first.
    pub findings: Vec<Told>,
    /// Per platform.
    pub platforms: Verdicts,
    /// Whether phones trust it.
    pub trusted: Trusted,
    /// How many of the findings are of the rules that certificates are made by.
    pub compliance_findings: usize,
    /// Whether an issuer is missing.
    pub is_incomplete: bool,
    /// Whether that can be fetched from where the certificate below it says.
    pub can_be_fetched: bool,
}

/// The same of certificates with what was fetched for them, as far as the page tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Completed {
    /// What the stores say of them.
    pub trust: Trust,
    /// Per platform.
    pub platforms: Verdicts,
    /// Whether an issuer is missing all the same.
    pub is_incomplete: bool,
}

/// What was fetched for certificates that somebody has sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Supplemented {
    /// What came of it; none where no issuer is what they lack.
    pub facts: Option<Fetched>,
    /// What a phone would say of both together; none where nothing was fetched.
    pub completed: Option<Completed>,
}

/// What came of asking for a verification file, judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verified {
    /// As it was asked for, and answered.
    pub facts: FileFacts,
    /// Whether WeChat finds it.
    pub verdict: Verdict,
    /// What stands against that, most severe first.
    pub findings: Vec<Told>,
    /// The endpoint that probes get to by another way.
    pub routed: Option<Routed>,
    /// When the server answered; relative times count from here.
    pub now: Timestamp,
}

/// By which way a host is asked for a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AskedBy {
    /// Where DNS says, as WeChat asks.
    #[default]
    Dns,
    /// The way of the probes of its endpoint.
    Route,
}

impl AskedBy {
    /// Both, the usual one first.
    pub const ALL: [Self; 2] = [Self::Dns, Self::Route];

    /// The word for it in the form.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Dns => "dns",
            Self::Route => "route",
        }
    }
}

/// The form that asks for a verification file.
pub(super) const VERIFY: &str = "verify-file";

/// Asks a host for its verification file, keeps what came of it for the person alone, and leads there: a page
/// that is loaded again asks nobody. A form sent without JavaScript comes back with what was typed.
#[server(endpoint = "/tools/verify-file", output = Json)]
pub async fn verify_file(
    host: String,
    name: String,
    content: String,
    #[server(default)] by: AskedBy,
) -> Result<(), AppError> {
    use leptos::server_fn::ServerFn as _;

    use super::query::VERIFICATION_PATH;
    use crate::{context::require, drafts::back_to_form};

    let actor = require(model::accounts::Permission::Probe)?;
    match door::verify(&host, &name, &content, by, &actor).await {
        Ok(page) => leptos_axum::redirect(&page),
        Err(error) => {
            let typed = [("host", &*host), ("name", &*name), ("content", &*content), ("by", by.as_str())];
            return Err(back_to_form(VERIFICATION_PATH, VERIFY, &typed, VerifyFile::PATH, error, &actor).await);
        }
    }
    Ok(())
}

/// What came of it a page ago.
#[server(endpoint = "/tools/verified-file", output = Json)]
pub async fn verified_file(draft: DraftId, wording: Wording) -> Result<Verified, AppError> {
    use model::{
        Diagnosis,
        diagnose::diagnose_file,
        service::{Field, Problem},
    };

    use crate::{
        context::{now, require, services},
        findings::tell::Reader,
    };

    let actor = require(model::accounts::Permission::View)?;
    let services = services();
    let kept = services.drafts.draft(draft, &actor).await?;
    // Another draft of the same person.
    let other = |_| ServiceError::invalid(Field::Draft, Problem::Gone);
    let facts: FileFacts = serde_json::from_str(&kept).map_err(other)?;
    let routed = services.endpoints.routed(&facts.target, &actor).await?;
    let Diagnosis { findings, verdict, .. } = diagnose_file(&facts);
    let now = now();
    let reader = Reader::of_page(wording, now);
    let findings = findings.into_iter().map(|finding| reader.told(finding)).collect();
    Ok(Verified { facts, verdict, findings, routed, now })
}

#[cfg(feature = "ssr")]
mod door {
    use model::{
        Certificate,
        accounts::{Actor, Permission},
        endpoints::route::Route,
        service::{DraftId, Field, Problem, ServiceError, ServiceResult, both},
        tools::{Inspection, Wanted},
    };

    use super::{AskedBy, Completed, Found, Inspected, Judged, Supplemented, supplement_of};
    use crate::{
        context::services,
        error::{AppError, accept, accept_some},
        findings::tell::Reader,
        query,
        tools::query::{VERIFICATION_PATH, wanted},
    };

    /// Asks, and the page that shows what came of it.
    pub(super) async fn verify(
        host: &str,
        name: &str,
        content: &str,
        by: AskedBy,
        actor: &Actor,
    ) -> Result<String, AppError> {
        let file = both(accept(Field::FileName, name), accept_some(Field::FileContent, content));
        let (target, (name, content)) = both(accept(Field::Host, host), file)?;
        let services = services();
        let route = match by {
            AskedBy::Dns => Route::default(),
            AskedBy::Route => {
                let routed = services.endpoints.routed(&target, actor).await?;
                routed.ok_or(ServiceError::invalid(Field::FixedAddresses, Problem::Empty))?.route
            }
        };
        let facts = services.tools.verification_file(route, target, name, content, actor).await?;
        let kept = serde_json::to_string(&facts)
            .map_err(|_| ServiceError::Internal { reference: "verification file".to_owned() })?;
        let draft = services.drafts.keep(kept, actor).await?;
        Ok(query::link(VERIFICATION_PATH, [("draft", Some(draft.to_string()))]))
    }

    /// Fetches what the certificates of a draft lack, and the draft that holds it.
    pub(super) async fn fetch(draft: DraftId, actor: &Actor) -> Result<DraftId, AppError> {
        let services = services();
        let text = services.drafts.draft(draft, actor).await?;
        let supplement = services.tools.supplement(text.into_bytes(), actor).await?;
        let kept = serde_json::to_string(&supplement)
            .map_err(|_| ServiceError::Internal { reference: "fetched issuers".to_owned() })?;
        Ok(services.drafts.keep(kept, actor).await?)
    }

    /// Judges the certificates of a draft, and what was fetched for them since. What is wrong with them is told
    /// beside what is wrong with the host.
    pub(super) async fn inspect(
        draft: DraftId,
        fetched: Option<DraftId>,
        host: &str,
        reader: Reader,
        actor: &Actor,
    ) -> Result<Inspected, AppError> {
        let services = services();
        let text = services.drafts.draft(draft, actor).await?;
        let wanted = wanted(host);
        let of = wanted.clone().unwrap_or_default();
        let found = services.tools.inspect(text.clone().into_bytes(), of, actor).await;
        let (wanted, found) = match both(wanted, found) {
            Ok(both) => both,
            Err(refused) => return Ok(Inspected { text, answer: Err(refused) }),
        };
        let supplemented = match fetched {
            Some(fetched) => supplemented(&text, &found.chain, fetched, wanted, actor).await,
            None => Ok(None),
        };
        let reach = match found.own() {
            Some(own) => Some(services.certificates.reach(own, actor).await?),
            None => None,
        };
        let (judged, may_fetch) = (judged(found, reader), actor.role.may(Permission::Probe));
        Ok(Inspected { text, answer: Ok(Found { judged, reach, supplemented, may_fetch, now: reader.now }) })
    }

    /// What was fetched, if it was for these certificates, and what both together are.
    async fn supplemented(
        text: &str,
        chain: &[Certificate],
        fetched: DraftId,
        wanted: Option<Wanted>,
        actor: &Actor,
    ) -> ServiceResult<Option<Supplemented>> {
        let services = services();
        let supplement = supplement_of(fetched, &services, actor).await?;
        if !supplement.is_of(chain) {
            return Ok(None);
        }
        let facts = supplement.facts.clone();
        let completed = match &facts {
            Some(facts) if !facts.certificates.is_empty() => {
                let file = text.as_bytes().to_vec();
                let inspection = services.tools.inspect_with(file, supplement, wanted, actor).await?;
                let is_incomplete = inspection.is_incomplete();
                Some(Completed { trust: inspection.trust, platforms: inspection.platforms, is_incomplete })
            }
            _ => None,
        };
        Ok(Some(Supplemented { facts, completed }))
    }

    /// An inspection in words.
    fn judged(inspection: Inspection, reader: Reader) -> Judged {
        let (trusted, is_incomplete) = (inspection.trusted(), inspection.is_incomplete());
        let can_be_fetched = inspection.lacks_what_can_be_fetched();
        let compliance_findings = inspection.compliance_findings();
        let Inspection { chain, trust, findings, platforms } = inspection;
        let findings = findings.into_iter().map(|finding| reader.told(finding)).collect();
        Judged { chain, trust, findings, platforms, trusted, compliance_findings, is_incomplete, can_be_fetched }
    }
}

/// Judges what was sent a page ago, for a host where one is given, and with what was fetched for it since.
#[server(endpoint = "/tools/inspect", output = Json)]
pub async fn inspect_draft(
    draft: DraftId,
    fetched: Option<DraftId>,
    host: String,
    wording: Wording,
) -> Result<Inspected, AppError> {
    use crate::{
        context::{now, require},
        findings::tell::Reader,
    };

    let actor = require(model::accounts::Permission::View)?;
    let reader = Reader::of_page(wording, now()).of_file();
    door::inspect(draft, fetched, &host, reader, &actor).await
}

/// Where the page tells what is missing, and what was fetched.
pub(super) const MISSING: &str = "missing";

/// Fetches what the certificates of a draft lack, keeps it beside them, and leads to the page that shows both.
#[server(endpoint = "/tools/fetch-missing", output = Json)]
pub async fn fetch_missing(draft: DraftId, host: String, key: String) -> Result<(), AppError> {
    use leptos::server_fn::ServerFn as _;

    use super::query::FileQuery;
    use crate::{context::require, drafts::back_with};

    let actor = require(model::accounts::Permission::Probe)?;
    let asked = FileQuery { draft: Some(draft), host, key: key.parse().ok(), ..FileQuery::default() };
    match door::fetch(draft, &actor).await {
        Ok(fetched) => {
            let page = FileQuery { fetched: Some(fetched), ..asked }.link();
            leptos_axum::redirect(&format!("{page}#{MISSING}"));
        }
        Err(error) => return Err(back_with(&asked.link(), MISSING, FetchMissing::PATH, error)),
    }
    Ok(())
}

/// What was fetched some pages ago.
///
/// # Errors
/// As [`model::drafts::Drafts::draft`]; another draft of the same person is gone as well.
#[cfg(feature = "ssr")]
pub async fn supplement_of(
    fetched: DraftId,
    services: &crate::context::Services,
    actor: &model::accounts::Actor,
) -> model::service::ServiceResult<model::tools::Supplement> {
    use model::service::{Field, Problem};

    let kept = services.drafts.draft(fetched, actor).await?;
    serde_json::from_str(&kept).map_err(|_| ServiceError::invalid(Field::Draft, Problem::Gone))
}

/// What the checks compare with.
#[server(endpoint = "/tools/look-up", output = Json)]
pub async fn look_up(program: Option<ProgramId>, called: Option<String>) -> Result<Register, AppError> {
    use crate::context::{require, services};

    let actor = require(model::accounts::Permission::View)?;
    let service = services().programs;
    let mut offer = service.offer(program, called.as_deref(), &actor).await?;
    if program.is_none() && called.is_none() {
        offer.meant = offer.programs.first().cloned().into_iter().collect();
    }
    let chosen = match offer.chosen() {
        Some(choice) => Some(Chosen::from(service.program(choice.id, &actor).await?)),
        None => None,
    };
    Ok(Register { offer, chosen })
}

#[cfg(feature = "ssr")]
impl From<model::programs::ProgramDetail> for Chosen {
    fn from(detail: model::programs::ProgramDetail) -> Self {
        let mut servers: Vec<Server> = Vec::new();
        for row in &detail.entries {
            let (Some(endpoint), Some(target)) = (row.endpoint, row.entry.endpoint()) else { continue };
            if servers.iter().all(|server| server.endpoint != endpoint) {
                servers.push(Server {
                    endpoint,
                    target: target.to_string(),
                    codes: row.endpoint_codes.clone(),
                    probed: row.probed_at.is_some(),
                });
            }
        }
        Self {
            id: detail.summary.id,
            name: detail.summary.name,
            limits: detail.limits,
            wss: detail.wss,
            entries: detail.entries.into_iter().map(|row| row.entry).collect(),
            servers,
        }
    }
}
