//! Two people at one form: the second is told what the first has saved meanwhile, keeps what was
//! typed, and can save it all the same.

use leptos::{prelude::*, server_fn::ServerFn};

use crate::{error::AppError, i18n::*, preferences::use_locale};

/// What was sent to the server function `S` and is not saved: from here, or from the page before,
/// where no JavaScript ran.
#[derive(Debug)]
pub struct Unsaved<S: 'static> {
    sent: RwSignal<Option<S>>,
    begun: StoredValue<bool>,
}

impl<S> Clone for Unsaved<S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for Unsaved<S> {}

impl<S> Unsaved<S>
where
    S: ServerFn<Error = AppError> + Clone + Send + Sync + 'static,
    S::Output: Send + Sync + 'static,
{
    /// What is sent by `action` from now on. Like the action, it outlives its form.
    pub fn new(action: ServerAction<S>) -> Self {
        let sent = RwSignal::new(None);
        let (input, value) = (action.input(), action.value());
        Effect::new(move || {
            if let Some(input) = input.get() {
                sent.set(Some(input));
            }
        });
        Effect::new(move || {
            if value.with(|value| matches!(value, Some(Ok(_)))) {
                sent.set(None);
            }
        });
        Self { sent, begun: StoredValue::new(false) }
    }

    /// What was sent from the page before. Only the first form that is drawn begins with that.
    pub fn begin_with(self, before: Option<S>) {
        if !self.begun.get_value() {
            self.begun.set_value(true);
            self.sent.set(before);
        }
    }

    /// It, for whom it concerns.
    pub fn get(self) -> Option<S> {
        self.sent.get()
    }

    /// The same, once.
    pub fn get_untracked(self) -> Option<S> {
        self.sent.get_untracked()
    }
}

/// Reads what is saved into `into` each time that it is called; what could not be read stays.
pub fn read_again<T, Reading>(
    into: RwSignal<T>,
    read: impl Fn() -> Reading + Send + Sync + 'static,
) -> impl Fn() + Copy + 'static
where
    T: Send + Sync + 'static,
    Reading: Future<Output = Result<T, AppError>> + Send + 'static,
{
    let read = Action::new(move |(): &()| {
        let reading = read();
        async move {
            if let Ok(saved) = reading.await {
                into.set(saved);
            }
        }
    });
    move || {
        read.dispatch(());
    }
}

/// Calls `read` whenever `action` was refused because somebody else was first.
pub fn read_when_met<S>(action: ServerAction<S>, read: impl Fn() + 'static)
where
    S: ServerFn<Error = AppError> + Clone + Send + Sync + 'static,
    S::Output: Send + Sync + 'static,
{
    let value = action.value();
    Effect::new(move || {
        if value.with(|value| matches!(value, Some(Err(error)) if is_conflict(error))) {
            read();
        }
    });
}

/// Whether somebody else was first.
pub fn is_conflict(error: &AppError) -> bool {
    *error == AppError::Conflict
}

/// A field in which somebody else has saved something else than what was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Differs {
    /// Its name in the form.
    pub name: &'static str,
    /// Its label.
    pub label: &'static str,
    /// What was saved.
    pub now: String,
    /// What stands in the form.
    pub yours: String,
}

/// Those of the fields that differ by more than how a browser ends its lines.
pub fn differences<const FIELDS: usize>(fields: [Differs; FIELDS]) -> Vec<Differs> {
    fields.into_iter().filter(|field| !field.now.trim().lines().eq(field.yours.trim().lines())).collect()
}

/// The error, unless [`Clash`] tells of it.
pub fn untold(error: Signal<Option<AppError>>, told: Memo<Option<Vec<Differs>>>) -> Signal<Option<AppError>> {
    Signal::derive(move || error.get().filter(|error| !is_conflict(error) || told.with(Option::is_none)))
}

/// What somebody else has saved since the form was read, beside what was typed. The form carries the
/// version of that: whoever saves again does so knowingly.
#[component]
pub fn Clash(
    /// Its id on the page.
    #[prop(into)]
    id: String,
    /// The page as it is without what was typed.
    page: String,
    /// Where the form differs, if somebody else has saved something.
    told: Memo<Option<Vec<Differs>>>,
    /// What is said of fields that are not compared.
    #[prop(optional)]
    uncompared: Option<&'static str>,
) -> impl IntoView {
    let locale = use_locale();
    move || {
        let (differs, id) = (told.get()?, id.clone());
        if differs.is_empty() {
            let uncompared = uncompared.map(|words| view! { <p>{words}</p> });
            return Some(view! { <Frame id><p>{td!(locale, common.clash.same)}</p>{uncompared}</Frame> }.into_any());
        }
        let page = page.clone();
        Some(
            view! {
                <Frame id>
                    <p class="font-medium">{td!(locale, common.clash.told)}</p>
                    <Differences differs/>
                    <p>{td!(locale, common.clash.again)}</p>
                    // Loaded anew: on the way of the router the form would stay as it is.
                    <a class="link w-fit" href=page rel="external">{td!(locale, common.clash.drop)}</a>
                </Frame>
            }
            .into_any(),
        )
    }
}

/// What is around all that is told of somebody else.
#[component]
pub fn Frame(
    /// Its id on the page.
    #[prop(into)]
    id: String,
    /// What is told.
    children: Children,
) -> impl IntoView {
    view! { <div class="flex flex-col gap-3 rounded-box border border-warning p-4" role="alert" id=id>{children()}</div> }
}

/// Field by field: what is saved, and what stands in the form.
#[component]
pub fn Differences(
    /// The fields.
    differs: Vec<Differs>,
) -> impl IntoView {
    let locale = use_locale();
    let words = move |value: String| {
        if value.trim().is_empty() { td_string!(locale, audit.none).to_owned() } else { value }
    };
    let rows = differs.into_iter().map(|Differs { name, label, now, yours }| {
        let mark = if now == yours { "" } else { "font-semibold" };
        view! {
            <tr data-setting=name>
                <th scope="row" class="font-medium">{label}</th>
                <td class="wrap-anywhere whitespace-pre-line">{words(now)}</td>
                <td class=format!("wrap-anywhere whitespace-pre-line {mark}")>{words(yours)}</td>
            </tr>
        }
    });
    view! {
        <table class="table table-sm">
            <thead class="text-base-content">
                <tr>
                    <th scope="col">{td!(locale, common.clash.field)}</th>
                    <th scope="col">{td!(locale, common.clash.now)}</th>
                    <th scope="col">{td!(locale, common.clash.yours)}</th>
                </tr>
            </thead>
            <tbody>{rows.collect_view()}</tbody>
        </table>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_told() {
        let field = |name, now: &str, yours: &str| {
            let (now, yours) = (now.to_owned(), yours.to_owned());
            Differs { name, label: name, now, yours }
        };
        let told = differences([field("a", "1\n2", " 1\r\n2\r\n"), field("b", "1", "2"), field("c", "", "")]);
        assert_eq!(told, [field("b", "1", "2")]);
    }
}
