//! Which resources each service has, and which patterns of them can be granted.

use std::sync::LazyLock;

use grantrie::{Code, Pattern};

use super::error::Detail;

/// Services, and their types where it is known that there are no others. The documents name further types of the other
/// services, but no complete list.
const SERVICES: [(&str, &[&str]); 6] = [
    ("aisvc", &["agent", "tool", "team", "conversation", "knowledgebase"]),
    ("datasourcesvc", &[]),
    ("filesvc", &[]),
    ("graphicssvc", &[]),
    ("itemsvc", &[]),
    // Keeps the permissions of all.
    (KEEPER, &[]),
];

const KEEPER: &str = "passportsvc";

/// The file service says a resource's name in one more place.
pub(super) const FILES: &str = "filesvc";

/// All that there is to grant on, by service.
static RESOURCES: LazyLock<Vec<(&str, Pattern)>> = LazyLock::new(|| {
    let all = SERVICES.iter().flat_map(|(service, kinds)| {
        let kinds = if kinds.is_empty() { &["*"] } else { *kinds };
        kinds.iter().map(move |kind| (*service, format!("{service}:{kind}:*")))
    });
    all.filter_map(|(service, pattern)| Some((service, Pattern::parse(&pattern).ok()?))).collect()
});

/// Whether there is an interface for this service.
pub(super) fn is_service(name: &str) -> bool {
    SERVICES.iter().any(|(service, _)| *service == name)
}

/// Whether a pattern speaks of any resource of the service that was called, or of any at all where that keeps the permissions of
/// all.
pub(super) fn concerns(service: &str, pattern: &Pattern) -> bool {
    let mut resources = RESOURCES.iter().filter(|(of, _)| service == KEEPER || *of == service);
    resources.any(|(_, all)| pattern.overlaps(all))
}

/// Reads what is looked up: exactly three segments, none of them `**`.
pub(super) fn read(text: &str) -> Result<Pattern, Detail> {
    let pattern = Pattern::parse(text)
        .map_err(|error| Detail::of_problem(&grantrie::Problem::parse(error, "_resourceDesc._irn", text)))?;
    has_form(&pattern).map(|()| pattern)
}

/// Whether a pattern can be granted on by this service.
pub(super) fn check(service: &str, pattern: &Pattern) -> Result<(), Detail> {
    has_form(pattern)?;
    if concerns(service, pattern) {
        return Ok(());
    }
    let message = format!("`{pattern}` is no resource of `{service}`: expected {}", expected(service));
    Err(Detail::of_field("unknown_resource", "_resourceDesc._irn", message))
}

fn has_form(pattern: &Pattern) -> Result<(), Detail> {
    let segments = pattern.as_str().split(':').count();
    if segments == 3 && !pattern.as_str().ends_with(":**") {
        return Ok(());
    }
    let message = format!("`{pattern}`: expected `service:type:id`, where `*` stands for all");
    Err(Detail::of_problem(&grantrie::Problem::new(Code::TooManySegments, "_resourceDesc._irn", message)))
}

fn expected(service: &str) -> String {
    let known = RESOURCES.iter().filter(|(of, _)| service == KEEPER || *of == service);
    known.map(|(_, pattern)| format!("`{pattern}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn may(service: &str, pattern: &str) -> bool {
        check(service, &pattern.parse().unwrap()).is_ok()
    }

    #[test]
    fn a_service_grants_on_its_own_resources() {
        for kind in ["agent", "tool", "team", "conversation", "knowledgebase"] {
            assert!(may("aisvc", &format!("aisvc:{kind}:*")) && may("aisvc", &format!("aisvc:{kind}:7")));
        }
        for pattern in ["*:*:*", "aisvc:*:*", "aisvc:ag*:7", "*:agent:7", "?isvc:*:x-*"] {
            assert!(may("aisvc", pattern), "{pattern}");
        }
        for pattern in ["aisvc:robot:*", "aisvc:Agent:*", "filesvc:file:7", "*:file:7", "aisvc:x*:7", "other:agent:7"] {
            assert!(!may("aisvc", pattern), "{pattern}");
        }
        assert!(may("filesvc", "filesvc:file:*") && may("itemsvc", "itemsvc:nameduseritem:7"));
        assert!(may("passportsvc", "passportsvc:usergroup:7") && may("passportsvc", "filesvc:file:7"));
        assert!(!may("passportsvc", "aisvc:robot:7") && !may("passportsvc", "quickbi:cube:7"));
    }

    #[test]
    fn names_have_three_segments() {
        for pattern in ["aisvc:agent:eu:7", "aisvc:**", "**", "aisvc:agent:**"] {
            assert!(!may("aisvc", pattern), "{pattern}");
        }
        assert!(read("aisvc:agent").is_err() && read("aisvc:agent:7").is_ok());
    }
}
