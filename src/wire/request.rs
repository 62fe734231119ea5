//! A request as one JSON object, for batches from a file; and a resource's attributes by themselves.

use super::document::{Document, Path, Shape};
use super::lexer::Stop;
use crate::error::{Code, Refused};
use crate::limits::Limits;
use crate::model::{Attributes, Memberships, Request, Subject, Timestamp};

const REQUEST: Shape = Shape {
    what: "a request",
    required: &["namespace", "action", "irn"],
    optional: &["user", "groups", "permprofiles", "project", "attributes", "at"],
    refused: &[],
};

/// Reads what is known of a resource: one flat JSON object, as the `attributes` of a request.
///
/// ```
/// use grantrie::{Limits, read_attributes};
/// let known = read_attributes(br#"{"stage": "draft", "pages": 7, "shared": false}"#, &Limits::default())?;
/// assert_eq!(known.get("pages"), Some(&7_i64.into()));
/// assert!(read_attributes(br#"{"stage": ["draft"]}"#, &Limits::default()).is_err());
/// # Ok::<(), grantrie::Refused>(())
/// ```
///
/// # Errors
/// Every problem, with field, line and column.
pub fn read_attributes(json: &[u8], limits: &Limits) -> Result<Attributes, Refused> {
    let mut json = json;
    let mut document = Document::new(&mut json, limits);
    let read = document.attributes(&Path::Top, limits.attributes_per_request);
    document.finish(read).map(Option::unwrap_or_default)
}

/// A [`Request`] that owns its texts, as a JSON line brings it.
///
/// `{"namespace", "user"?, "groups"?, "permprofiles"?, "project"?, "action", "irn", "attributes"?, "at"?}`. Groups or
/// profiles that are present, even empty, name the user's memberships, and the directory is not asked. Without a user,
/// exactly one profile asks by itself.
///
/// ```
/// use grantrie::{Limits, RequestDocument};
/// let line = br#"{"namespace":"r_TmBKvZTI","user":"ann","action":"READ","irn":"aisvc:agent:7","attributes":{}}"#;
/// let request = RequestDocument::read(line, &Limits::default())?;
/// assert!(request.with_request(|request| request.attributes.is_some_and(|known| known.is_empty())));
/// # Ok::<(), grantrie::Refused>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RequestDocument {
    /// The namespace.
    pub namespace: String,
    /// The user who asks.
    pub user: Option<String>,
    /// The user's groups, if they are named.
    pub groups: Option<Vec<String>>,
    /// The user's profiles, if they are named; without a user, the one profile that asks.
    pub permprofiles: Option<Vec<String>>,
    /// The project whose subscription counts.
    pub project: Option<String>,
    /// The action.
    pub action: String,
    /// The name of the resource.
    pub irn: String,
    /// The resource's attributes: none known, or known (and perhaps empty).
    pub attributes: Option<Attributes>,
    /// The instant to judge.
    pub at: Option<Timestamp>,
}

impl RequestDocument {
    /// Reads one JSON object. Its texts are judged when it is asked; here only the document's form is, and who asks.
    ///
    /// # Errors
    /// Every problem, with field, line and column.
    pub fn read(json: &[u8], limits: &Limits) -> Result<Self, Refused> {
        let mut json = json;
        let mut document = Document::new(&mut json, limits);
        let read = Self::read_from(&mut document);
        let request = document.finish(read)?;
        request.check_subject().map_err(|problem| Refused::new(vec![problem], 1, 0))?;
        Ok(request)
    }

    fn read_from(document: &mut Document<'_>) -> Result<Self, Stop> {
        let mut request = Self::default();
        let limit = document.limits.attributes_per_request;
        document.object(&Path::Top, &REQUEST, |document, key, path| {
            match key {
                "namespace" => request.namespace = document.any_text(path)?.unwrap_or_default(),
                "user" => request.user = document.any_text(path)?,
                "groups" => request.groups = document.texts(path, Document::any_text)?,
                "permprofiles" => request.permprofiles = document.texts(path, Document::any_text)?,
                "project" => request.project = document.any_text(path)?,
                "action" => request.action = document.any_text(path)?.unwrap_or_default(),
                "irn" => request.irn = document.any_text(path)?.unwrap_or_default(),
                "attributes" => request.attributes = document.attributes(path, limit)?,
                _ => request.at = document.time(path)?,
            }
            Ok(())
        })?;
        Ok(request)
    }

    /// Whether it is clear who asks: a user, or one profile by itself.
    ///
    /// # Errors
    /// Neither, or both in part.
    pub fn check_subject(&self) -> Result<(), crate::Problem> {
        let wrong = |field: &str, message: &str| Err(crate::Problem::new(Code::InvalidSubject, field, message));
        if self.user.is_some() {
            return Ok(());
        }
        if self.groups.is_some() {
            return wrong("groups", "groups without a user: name the user whose groups they are");
        }
        match self.permprofiles.as_deref() {
            Some([_]) => Ok(()),
            None | Some([]) => wrong("user", "nobody asks: name a user, or one permission profile"),
            Some(_) => wrong("permprofiles", "several profiles without a user: only one can ask by itself"),
        }
    }

    /// Calls `ask` with the request that borrows from this.
    pub fn with_request<T>(&self, ask: impl FnOnce(&Request<'_>) -> T) -> T {
        fn texts(owned: Option<&Vec<String>>) -> Vec<&str> {
            owned.into_iter().flatten().map(String::as_str).collect()
        }
        let (groups, permprofiles) = (texts(self.groups.as_ref()), texts(self.permprofiles.as_ref()));
        let subject = match &self.user {
            Some(id) if self.groups.is_none() && self.permprofiles.is_none() => Subject::user(id),
            Some(id) => {
                let memberships = Memberships::Named { groups: &groups, permprofiles: &permprofiles };
                Subject::User { id, memberships }
            }
            // Where it is not clear who asks, an empty id: invalid, so denied.
            None => match permprofiles.as_slice() {
                [profile] if self.groups.is_none() => Subject::permprofile(profile),
                _ => Subject::permprofile(""),
            },
        };
        ask(&Request {
            project: self.project.as_deref(),
            attributes: self.attributes.as_ref(),
            at: self.at,
            ..Request::new(&self.namespace, subject, &self.action, &self.irn)
        })
    }
}
