//! Everybody's accounts: who may come in, and what they may do.

use leptos::prelude::*;
use leptos_router::hooks::use_location;
use model::{
    accounts::{Access, Person, Role},
    service::{Field, LinkId, UserId},
};

use super::api::{
    ADD_PERSON, AccessLink, AddPerson, CHANGE_PERSON, ChangePerson, Invitation, MADE, PEOPLE, PeopleData, made_link,
    people_page,
};
use crate::{
    clash::{Clash, Differs, Unsaved, differences, is_conflict, read_when_met},
    components::{FormError, NotShown, TextField, waits},
    drafts::{Gone, Left, left},
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
    let (add, link) = (ServerAction::<AddPerson>::new(), ServerAction::<AccessLink>::new());
    let (first, left) = (Resource::new_blocking(|| (), |()| people_page()), left());
    view! {
        <Gone/>
        <Head title=td_string!(locale, accounts.people.title)/>
        <Invited add link/>
        <Transition fallback=move || view! { <p>{td!(locale, common.loading)}</p> }>
            {move || Suspend::new(async move {
                // Both are asked for already.
                let (first, left) = (first.await, left.await);
                match first {
                    Ok(first) => view! { <People first left add link/> }.into_any(),
                    Err(error) => view! { <NotShown error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

/// The page as first loaded; what changes later is read again without touching what is chosen.
#[component]
fn People(
    first: PeopleData,
    /// The query that holds what was typed into a form that was refused.
    left: String,
    add: ServerAction<AddPerson>,
    link: ServerAction<AccessLink>,
) -> impl IntoView {
    let change = ServerAction::<ChangePerson>::new();
    toast::say_when_done(change.value().into(), td_string!(use_locale(), common.saved));
    let (shown, failed) = (RwSignal::new(first), RwSignal::new(None));
    let unsaved = Unsaved::new(change);
    unsaved.begin_with(refused(&Left::of(&left, CHANGE_PERSON)));
    let reading = Action::new(move |(): &()| async move {
        match people_page().await {
            Ok(fresh) => {
                failed.set(None);
                shown.set(fresh);
            }
            Err(error) => failed.set(Some(error)),
        }
    });
    let read = move || {
        reading.dispatch(());
    };
    read_when_met(change, read);
    // What was refused stays in its form as it was typed. Each by itself: what went well earlier says nothing of what was
    // refused now.
    let read_if = move |done: bool| {
        if done {
            read();
        }
    };
    Effect::new(move || read_if(add.value().with(|value| matches!(value, Some(Ok(_))))));
    Effect::new(move || read_if(link.value().with(|value| matches!(value, Some(Ok(_))))));
    Effect::new(move || read_if(change.value().with(|value| matches!(value, Some(Ok(_))))));
    view! {
        <Everybody shown failed link change unsaved/>
        <AddForm add left=Left::of(&left, ADD_PERSON)/>
    }
    .into_any()
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
        AppError::NotFound => td_string!(locale, accounts.people.link_gone).to_owned(),
        error => error.words(locale),
    };
    view! { <p class="alert alert-warning" role="status" data-invitation-gone="">{words}</p> }
}

#[component]
fn Everybody(
    shown: RwSignal<PeopleData>,
    /// Why it could not be read again.
    failed: RwSignal<Option<AppError>>,
    link: ServerAction<AccessLink>,
    change: ServerAction<ChangePerson>,
    unsaved: Unsaved<ChangePerson>,
) -> impl IntoView {
    let locale = use_locale();
    // What somebody else has saved meanwhile is told beside what was chosen.
    let error = Signal::derive(move || {
        let of_change = change.value().get().and_then(Result::err).filter(|error| !is_conflict(error));
        of_change.or_else(|| link.value().get().and_then(Result::err)).or_else(|| failed.get())
    });
    let people = move || shown.with(|data| data.people.clone());
    view! {
        <section class="panel flex flex-col gap-3" id=CHANGE_PERSON>
            <h2 class="text-lg font-semibold">{td!(locale, accounts.people.title)}</h2>
            <FormError error fields=&[] is_typed=true/>
            <ul class="rows">
                <For each=people key=|person| person.id let:first>
                    <Row first shown unsaved link change/>
                </For>
            </ul>
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
    let yes_or_no = |yes: bool| words::yes_or_no(yes, locale).to_owned();
    let field = |name, label, now, yours| Differs { name, label, now, yours };
    let (shut_out, yours) = (yes_or_no(saved.disabled), yes_or_no(sent.disabled.unwrap_or_default()));
    (was != saved).then(|| {
        differences([
            field("role", td_string!(locale, accounts.people.role), role(saved.role), role(sent.role)),
            field("disabled", td_string!(locale, accounts.people.shut_out), shut_out, yours),
        ])
    })
}

/// Its fields are drawn anew where what is saved is something else, and else stay as they were chosen.
#[component]
fn Row(
    /// As they were read first.
    first: Person,
    /// As everybody was read last.
    shown: RwSignal<PeopleData>,
    unsaved: Unsaved<ChangePerson>,
    link: ServerAction<AccessLink>,
    change: ServerAction<ChangePerson>,
) -> impl IntoView {
    let locale = use_locale();
    let (id, login) = (first.id, first.login.clone());
    let person = Memo::new(move |_| {
        shown.with(|data| data.people.iter().find(|person| person.id == id).cloned()).unwrap_or_else(|| first.clone())
    });
    let saved = move || person.with(|person| Access { role: person.role, disabled: person.disabled });
    // There is one action for everybody: what was sent of this person is not saved by what is sent of another. What was
    // refused for another reason than a conflict stands in the form still, or something else does by now.
    let (mine, last) = (RwSignal::new(unsaved.get_untracked().filter(|sent| sent.id == id)), StoredValue::new(false));
    last.set_value(mine.with_untracked(Option::is_some));
    Effect::new(move || match unsaved.get() {
        Some(sent) => last.set_value(sent.id == id),
        None if last.get_value() => mine.set(None),
        None => {}
    });
    Effect::new(move || {
        let met = change.value().with(|value| matches!(value, Some(Err(error)) if is_conflict(error)));
        if let Some(sent) = unsaved.get_untracked().filter(|sent| met && sent.id == id) {
            mine.set(Some(sent));
        }
    });
    // What was chosen and is not saved counts from when what is saved was read again.
    let sent = move || {
        shown.track();
        mine.get_untracked()
    };
    let begun = Memo::new(move |_| {
        let saved = saved();
        let chosen = |sent: ChangePerson| Access { role: sent.role, disabled: sent.disabled.unwrap_or_default() };
        (saved, sent().map_or(saved, chosen))
    });
    let told = Memo::new(move |_| told(&sent()?, saved(), locale));
    let disabled = Memo::new(move |_| saved().disabled);
    let seen = move || {
        let now = shown.with_untracked(|data| data.now);
        match person.with(|person| (person.seen_at, person.invited)) {
            (Some(at), _) => view! { <span>{td!(locale, accounts.people.seen)}" "<Time at now/></span> }.into_any(),
            (None, true) => view! { <span>{td!(locale, accounts.people.invited)}</span> }.into_any(),
            (None, false) => view! { <span>{td!(locale, accounts.people.unseen)}</span> }.into_any(),
        }
    };
    let label = td_string!(locale, accounts.people.role_of, login = login.as_str()).to_string();
    let fields = move |(saved, chosen): (Access, Access)| view! { <Fields saved chosen label=label.clone()/> };
    let (name, whose) = (login.clone(), login.clone());
    view! {
        <li class="row lg:grid-cols-[minmax(0,1fr)_auto_auto]" id=anchor(id) data-person=name>
            <div class="empty:hidden lg:col-span-3"><Clash id=format!("{}-clash", anchor(id)) page=PEOPLE.to_owned() told/></div>
            <div class="min-w-0">
                <span class="font-semibold break-all">{login}</span>
                {move || disabled.get().then(|| view! { " "<span class="badge badge-error">{td!(locale, accounts.people.disabled)}</span> })}
                <p class="text-sm text-base-content/80">{seen}</p>
            </div>
            <ActionForm action=change attr:class="flex flex-wrap items-center gap-3">
                <input type="hidden" name="id" value=id.to_string()/>
                <For each=move || [begun.get()] key=|begun| *begun children=fields/>
                <button class="btn btn-sm" aria-disabled=waits(change.pending())>{td!(locale, common.save)}</button>
            </ActionForm>
            <ActionForm action=link>
                <input type="hidden" name="id" value=id.to_string()/>
                <input type="hidden" name="login" value=whose/>
                <button class="btn btn-ghost btn-sm" disabled=disabled aria-disabled=waits(link.pending())>
                    {td!(locale, accounts.people.new_link)}
                </button>
            </ActionForm>
        </li>
    }
    .into_any()
}

/// What somebody may do, and whether they may come in: as chosen, which is to be lost by nobody where something else is saved
/// (`ask_before_loss.js`).
#[component]
fn Fields(saved: Access, chosen: Access, label: String) -> impl IntoView {
    let locale = use_locale();
    view! {
        <input type="hidden" name="was_role" value=saved.role.as_str()/>
        <input type="hidden" name="was_disabled" value=saved.disabled.to_string()/>
        <Roles chosen=chosen.role saved=saved.role label/>
        <label class="flex items-center gap-2">
            <input type="checkbox" class="checkbox checkbox-sm" name="disabled" value="true" checked=chosen.disabled
                data-saved=saved.disabled.to_string()/>
            {td!(locale, accounts.people.shut_out)}
        </label>
    }
}

/// What somebody may do, as a choice.
#[component]
fn Roles(
    chosen: Role,
    label: String,
    /// What is saved, if anything is.
    #[prop(optional)]
    saved: Option<Role>,
) -> impl IntoView {
    let locale = use_locale();
    let options = Role::ALL.map(|role| {
        view! { <option value=role.as_str() selected=role == chosen>{words::role(role, locale)}</option> }
    });
    let saved = saved.map(Role::as_str);
    view! {
        <select class="select select-sm w-44" name="role" aria-label=label data-saved=saved>{options.collect_view()}</select>
    }
}

#[component]
fn AddForm(add: ServerAction<AddPerson>, left: Left) -> impl IntoView {
    let locale = use_locale();
    let error = Signal::derive(move || add.value().get().and_then(Result::err));
    let rights = Role::ALL.map(|role| {
        view! { <li><span class="font-medium">{words::role(role, locale)}</span>{words::colon(locale)}{words::role_meaning(role, locale)}</li> }
    });
    view! {
        <section class="panel flex flex-col gap-4" id=ADD_PERSON>
            <h2 class="text-lg font-semibold">{td!(locale, accounts.people.add)}</h2>
            <p class="max-w-prose text-sm text-base-content/80">{td!(locale, accounts.people.add_help)}</p>
            <ActionForm action=add attr:class="flex max-w-xl flex-col gap-4" attr:novalidate=true>
                <FormError error fields=&[Field::Login] is_typed=true/>
                <TextField name="login" field=Field::Login error value=left.text("login")
                    label=td_string!(locale, accounts.set_up.login)/>
                <div class="field">
                    <span class="field-label" aria-hidden="true">{td!(locale, accounts.people.role)}</span>
                    <Roles chosen=left.parsed("role").unwrap_or(Role::Editor) label=td_string!(locale, accounts.people.role).to_owned()/>
                    <ul class="field-help">{rights.collect_view()}</ul>
                </div>
                <div><button class="btn btn-primary" aria-disabled=waits(add.pending())>{td!(locale, accounts.people.add_now)}</button></div>
            </ActionForm>
        </section>
    }
    .into_any()
}
