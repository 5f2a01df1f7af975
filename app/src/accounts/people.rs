//! Everybody's accounts: who may come in, and what they may do.

use leptos::prelude::*;
use leptos_router::hooks::use_location;
use model::{
    Timestamp,
    accounts::{Access, Person, Role},
    service::{Field, LinkId, ServiceError, UserId},
};

use super::api::{
    ADD_PERSON, AccessLink, AddPerson, CHANGE_PERSON, ChangePerson, Invitation, MADE, PEOPLE, PeopleData, made_link,
    people_page,
};
use crate::{
    clash::{Clash, Differs, Unsaved, differences, is_conflict, read_when_met},
    components::{FormError, NotShown, TextField},
    drafts::{Left, left},
    error::AppError,
    i18n::*,
    preferences::use_locale,
    query,
    settings::Head,
    time::Time,
    toast, words,
};

/// Everybody's accounts.
#[component]
pub fn PeoplePage() -> impl IntoView {
    let locale = use_locale();
    let (add, link, change) =
        (ServerAction::<AddPerson>::new(), ServerAction::<AccessLink>::new(), ServerAction::<ChangePerson>::new());
    toast::say_when_done(change.value().into(), td_string!(locale, common.saved));
    let (data, left) = (Resource::new_blocking(|| (), |()| people_page()), left());
    let unsaved = Unsaved::new(change);
    read_when_met(change, move || data.refetch());
    // What was refused stays in its form as it was typed.
    let done = move || {
        let added = add.value().with(|value| matches!(value, Some(Ok(_))));
        let linked = link.value().with(|value| matches!(value, Some(Ok(_))));
        added || linked || change.value().with(|value| matches!(value, Some(Ok(_))))
    };
    Effect::new(move || {
        if done() {
            data.refetch();
        }
    });
    view! {
        <Head title=td_string!(locale, accounts.people.title)/>
        <Invited add link/>
        <Transition fallback=move || view! { <p>{td!(locale, common.loading)}</p> }>
            {move || Suspend::new(async move {
                // Both are asked for already.
                let (data, left) = (data.await, left.await);
                match data {
                    Ok(data) => {
                        unsaved.begin_with(refused(&Left::of(&left, CHANGE_PERSON)));
                        view! {
                            <Everybody data link change unsaved/>
                            <AddForm add left=Left::of(&left, ADD_PERSON).until_answered(add)/>
                        }
                        .into_any()
                    }
                    Err(error) => view! { <NotShown error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

/// The link that was made last, for as long as the page stays; one that was made before it came is shown
/// once.
#[component]
fn Invited(add: ServerAction<AddPerson>, link: ServerAction<AccessLink>) -> impl IntoView {
    let search = use_location().search;
    let asked = Memo::new(move |_| search.with(|search| query::parsed::<LinkId>(search, MADE)));
    let before = Resource::new_blocking(
        move || asked.get(),
        |asked| async move {
            match asked {
                Some(kept) => made_link(kept).await.map(Some),
                None => Ok(None),
            }
        },
    );
    let made = Memo::new(move |_| {
        let made = |value: Option<Result<Invitation, _>>| value.and_then(Result::ok);
        made(link.value().get()).or_else(|| made(add.value().get()))
    });
    view! {
        {move || made.get().map(|invitation| view! { <Link invitation/> })}
        <Suspense>
            {move || Suspend::new(async move {
                let before = before.await;
                move || match before.clone() {
                    _ if made.with(Option::is_some) => ().into_any(),
                    Ok(Some(invitation)) => view! { <Link invitation/> }.into_any(),
                    Ok(None) => ().into_any(),
                    Err(error) => view! { <NoLink error/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

/// A link to hand over.
#[component]
fn Link(invitation: Invitation) -> impl IntoView {
    let locale = use_locale();
    let origin = RwSignal::new(String::new());
    // Only the browser knows by which address it reached the console.
    Effect::new(move || origin.set(window().location().origin().unwrap_or_default()));
    let Invitation { login, path } = invitation;
    let (shown, href) = (path.clone(), path.clone());
    view! {
        <div class="alert alert-success flex-col items-start" role="status" data-invitation=path>
            <p>{td_string!(locale, accounts.people.link, login = login.as_str()).to_string()}</p>
            // Where no script knows the address of the console, the browser copies it with the link.
            <a class="link" href=href rel="external noreferrer"><code class="break-all">{move || origin.get()}{shown}</code></a>
        </div>
    }
    .into_any()
}

/// Why no link is shown.
#[component]
fn NoLink(error: AppError) -> impl IntoView {
    let locale = use_locale();
    let words = match error {
        AppError::Service(ServiceError::NotFound) => td_string!(locale, accounts.people.link_gone).to_owned(),
        error => error.words(locale),
    };
    view! { <p class="alert alert-warning" role="status" data-invitation-gone="">{words}</p> }
}

#[component]
fn Everybody(
    data: PeopleData,
    link: ServerAction<AccessLink>,
    change: ServerAction<ChangePerson>,
    unsaved: Unsaved<ChangePerson>,
) -> impl IntoView {
    let locale = use_locale();
    let PeopleData { people, now } = data;
    // What somebody else has saved meanwhile is told beside what was chosen.
    let error = Signal::derive(move || {
        let of_change = change.value().get().and_then(Result::err).filter(|error| !is_conflict(error));
        of_change.or_else(|| link.value().get().and_then(Result::err))
    });
    let sent = unsaved.get_untracked();
    let rows = people.into_iter().map(|person| {
        let sent = sent.clone().filter(|sent| sent.id == person.id);
        view! { <Row person sent link change now/> }
    });
    let rows = rows.collect_view();
    view! {
        <section class="panel flex flex-col gap-3" id=CHANGE_PERSON>
            <h2 class="text-lg font-semibold">{td!(locale, accounts.people.title)}</h2>
            <FormError error fields=&[]/>
            <ul class="rows">{rows}</ul>
        </section>
    }
    .into_any()
}

/// Where somebody's account is.
pub(crate) fn page_of(id: UserId) -> String {
    format!("{PEOPLE}#{}", anchor(id))
}

fn anchor(id: UserId) -> String {
    format!("person-{id}")
}

/// The change that was refused before the page came.
fn refused(left: &Left) -> Option<ChangePerson> {
    Some(ChangePerson {
        id: left.parsed("id")?,
        was_role: left.parsed("was_role")?,
        was_disabled: left.parsed("was_disabled"),
        role: left.parsed("role")?,
        disabled: left.parsed("disabled"),
    })
}

/// Where what was chosen differs from what somebody else has saved since it was read, if they have.
fn told(sent: &ChangePerson, saved: Access, locale: Locale) -> Option<Vec<Differs>> {
    let was = Access { role: sent.was_role, disabled: sent.was_disabled.unwrap_or_default() };
    let role = |role| words::role(role, locale).to_owned();
    let yes_or_no = |yes| match yes {
        true => td_string!(locale, audit.yes).to_owned(),
        false => td_string!(locale, audit.no).to_owned(),
    };
    let field = |name, label, now, yours| Differs { name, label, now, yours };
    let (shut_out, yours) = (yes_or_no(saved.disabled), yes_or_no(sent.disabled.unwrap_or_default()));
    (was != saved).then(|| {
        differences([
            field("role", td_string!(locale, accounts.people.role), role(saved.role), role(sent.role)),
            field("disabled", td_string!(locale, accounts.people.shut_out), shut_out, yours),
        ])
    })
}

#[component]
fn Row(
    person: Person,
    /// What was chosen and is not saved.
    sent: Option<ChangePerson>,
    link: ServerAction<AccessLink>,
    change: ServerAction<ChangePerson>,
    now: Timestamp,
) -> impl IntoView {
    let locale = use_locale();
    let Person { id, login, role, disabled, seen_at, invited, .. } = person;
    let seen = match seen_at {
        Some(at) => view! { <span>{td!(locale, accounts.people.seen)}" "<Time at now/></span> }.into_any(),
        None if invited => view! { <span>{td!(locale, accounts.people.invited)}</span> }.into_any(),
        None => view! { <span>{td!(locale, accounts.people.unseen)}</span> }.into_any(),
    };
    let told = sent.as_ref().and_then(|sent| told(sent, Access { role, disabled }, locale));
    let (chosen, shut_out) = sent.map_or((role, disabled), |sent| (sent.role, sent.disabled.unwrap_or_default()));
    let label = td_string!(locale, accounts.people.role_of, login = login.as_str()).to_string();
    let (name, whose) = (login.clone(), login.clone());
    view! {
        <li class="row lg:grid-cols-[minmax(0,1fr)_auto_auto]" id=anchor(id) data-person=name>
            <div class="empty:hidden lg:col-span-3">
                <Clash id="person-clash" page=PEOPLE.to_owned() told=Memo::new(move |_| told.clone())/>
            </div>
            <div class="min-w-0">
                <span class="font-semibold break-all">{login}</span>
                {disabled.then(|| view! { " "<span class="badge badge-error">{td!(locale, accounts.people.disabled)}</span> })}
                <p class="text-sm text-base-content/80">{seen}</p>
            </div>
            <ActionForm action=change attr:class="flex flex-wrap items-center gap-3">
                <input type="hidden" name="id" value=id.to_string()/>
                <input type="hidden" name="was_role" value=role.as_str()/>
                <input type="hidden" name="was_disabled" value=disabled.to_string()/>
                <Roles chosen label/>
                <label class="flex items-center gap-2">
                    <input type="checkbox" class="checkbox checkbox-sm" name="disabled" value="true" checked=shut_out/>
                    {td!(locale, accounts.people.shut_out)}
                </label>
                <button class="btn btn-sm" disabled=change.pending()>{td!(locale, common.save)}</button>
            </ActionForm>
            <ActionForm action=link>
                <input type="hidden" name="id" value=id.to_string()/>
                <input type="hidden" name="login" value=whose/>
                <button class="btn btn-ghost btn-sm" disabled=move || disabled || link.pending().get()>
                    {td!(locale, accounts.people.new_link)}
                </button>
            </ActionForm>
        </li>
    }
    .into_any()
}

/// What somebody may do, as a choice.
#[component]
fn Roles(chosen: Role, label: String) -> impl IntoView {
    let locale = use_locale();
    let options = Role::ALL.map(|role| {
        view! { <option value=role.as_str() selected=role == chosen>{words::role(role, locale)}</option> }
    });
    view! { <select class="select select-sm w-44" name="role" aria-label=label>{options.collect_view()}</select> }
}

#[component]
fn AddForm(add: ServerAction<AddPerson>, left: Left) -> impl IntoView {
    let locale = use_locale();
    let error = Signal::derive(move || add.value().get().and_then(Result::err));
    let rights = Role::ALL.map(|role| {
        view! { <li><span class="font-medium">{words::role(role, locale)}</span>": "{words::role_meaning(role, locale)}</li> }
    });
    view! {
        <section class="panel flex flex-col gap-4" id=ADD_PERSON>
            <h2 class="text-lg font-semibold">{td!(locale, accounts.people.add)}</h2>
            <p class="max-w-prose text-sm text-base-content/80">{td!(locale, accounts.people.add_help)}</p>
            <ActionForm action=add attr:class="flex max-w-xl flex-col gap-4">
                <FormError error fields=&[Field::Login]/>
                <TextField name="login" field=Field::Login error value=left.text("login")
                    label=td_string!(locale, accounts.set_up.login)/>
                <div class="field">
                    <span class="field-label" aria-hidden="true">{td!(locale, accounts.people.role)}</span>
                    <Roles chosen=left.parsed("role").unwrap_or(Role::Editor) label=td_string!(locale, accounts.people.role).to_owned()/>
                    <ul class="field-help">{rights.collect_view()}</ul>
                </div>
                <div><button class="btn btn-primary" disabled=add.pending()>{td!(locale, accounts.people.add_now)}</button></div>
            </ActionForm>
        </section>
    }
    .into_any()
}
