//! The engine, and its loads on threads of Node's pool.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use grantrie::{
    Code, Pattern, PermissionQuery, Problem, RequestDocument, explanation_json, permissions_json, subscriptions_json,
};
use grantrie_host::{Fault, Kind, Settings, Shared, counts_json, share, shared};
use napi::bindgen_prelude::{AsyncTask, Buffer, ObjectFinalize};
use napi::{Env, Result, Task};
use napi_derive::napi;

use super::decision::{NativeDecision, number};
use super::errors::{throwing, thrown};
use super::subject::NativeSubject;
use super::texts::{Known, known};

/// Permissions, memberships and subscriptions in memory.
#[napi(custom_finalize)]
#[derive(Debug)]
pub struct NativeEngine {
    shared: Arc<Shared>,
    told: Arc<Told>,
}

/// How many bytes of the worlds that were loaded Node's collector knows of: by what it sees an engine is small, and it would let
/// many that nobody holds any more pile up.
#[derive(Debug, Default)]
struct Told(AtomicI64);

impl Told {
    fn tell(&self, env: Env, bytes: i64) -> Result<()> {
        let before = self.0.swap(bytes, Ordering::Relaxed);
        env.adjust_external_memory(bytes.saturating_sub(before)).map(drop)
    }
}

impl ObjectFinalize for NativeEngine {
    fn finalize(self, env: Env) -> Result<()> {
        self.told.tell(env, 0)
    }
}

/// Who asks, and what, with all names as text.
#[napi(object)]
#[derive(Debug)]
pub struct NativeRequest {
    /// Where.
    pub namespace: String,
    /// The user.
    pub user: Option<String>,
    /// The user's groups, if they are named.
    pub groups: Option<Vec<String>>,
    /// The user's profiles, if they are named; without a user the one that asks.
    pub permprofiles: Option<Vec<String>>,
    /// The project whose subscription counts.
    pub project: Option<String>,
    /// The action.
    pub action: String,
    /// The name.
    pub irn: String,
    /// What is known of the resource.
    pub attributes: Option<Known>,
    /// The instant, RFC 3339.
    pub at: Option<String>,
}

impl NativeRequest {
    fn read(self) -> Result<RequestDocument> {
        let Self { namespace, user, groups, permprofiles, project, action, irn, attributes, at } = self;
        let (attributes, at) = known(attributes, at)?;
        let request = RequestDocument { namespace, user, groups, permprofiles, project, action, irn, attributes, at };
        request.check_subject().map_err(|problem| thrown(&Fault::one(Kind::Request, problem)))?;
        Ok(request)
    }
}

/// Which permissions to list.
#[napi(object)]
#[derive(Debug)]
pub struct NativeQuery {
    /// In these namespaces.
    pub namespaces: Option<Vec<String>>,
    /// With a pattern that covers this one.
    pub covering: Option<String>,
    /// With a pattern that this one covers.
    pub covered_by: Option<String>,
    /// Of a principal of this kind.
    pub principal_kind: Option<String>,
    /// Of a principal with this id.
    pub principal_id: Option<String>,
    /// How many to leave out.
    pub offset: Option<u32>,
    /// How many at most.
    pub limit: Option<u32>,
}

#[napi]
impl NativeEngine {
    /// An empty engine.
    #[napi(constructor)]
    pub fn new(group_conflict: Option<String>, limits: Option<HashMap<String, f64>>, audited: bool) -> Result<Self> {
        throwing(|| {
            let mut settings = Settings::default();
            if let Some(text) = group_conflict {
                settings.group_conflict(&text)?;
            }
            for (name, value) in limits.into_iter().flatten() {
                if !(0.0..=9_007_199_254_740_991.0).contains(&value) || value.fract() != 0.0 {
                    let message = format!("limit `{}`: {value} is no whole number", name.escape_debug());
                    return Err(Fault::argument("limits", message));
                }
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole and in range")]
                settings.limit(&name, value as usize)?;
            }
            Ok(Self::over(Arc::new(Shared::new(settings, audited))))
        })
    }

    /// Another handle to the engine with this token.
    #[napi(factory)]
    pub fn from_token(token: f64) -> Result<Self> {
        throwing(|| Ok(Self::over(shared(token)?)))
    }

    /// The token by which other threads find the engine.
    #[napi]
    pub fn token(&self) -> Result<f64> {
        throwing(|| self.shared.engine().map(|_| share(&self.shared)))
    }

    /// Loads a world file that is in memory.
    #[napi(ts_return_type = "Promise<number>")]
    pub fn load(&self, document: Buffer) -> AsyncTask<Load> {
        self.loading(World::Document(document.to_vec()))
    }

    /// Loads a world file.
    #[napi(ts_return_type = "Promise<number>")]
    pub fn load_file(&self, path: String) -> AsyncTask<Load> {
        self.loading(World::File(path.into()))
    }

    /// Applies a change file.
    #[napi]
    pub fn apply(&self, changes: Buffer, actor: Option<String>) -> Result<f64> {
        throwing(|| Ok(number(self.shared.apply(&changes, actor)?.0)))
    }

    /// The audit entries that wait, a JSON array for each time that `apply` was called.
    #[napi]
    pub fn take_audit(&self) -> Result<Vec<String>> {
        let mut taken = Vec::new();
        if let Some(queue) = self.shared.audit() {
            queue.hand_over(|entries| taken.push(entries));
        }
        Ok(taken)
    }

    /// Prepares the subject of a request.
    #[napi]
    pub fn prepare(&self, request: NativeRequest) -> Result<NativeSubject> {
        let request = request.read()?;
        let prepared = throwing(|| self.shared.prepare(&request))?;
        Ok(NativeSubject::new(Arc::clone(&self.shared), prepared, request))
    }

    /// Whether a request is allowed.
    #[napi]
    pub fn is_allowed(&self, request: NativeRequest) -> Result<bool> {
        let request = request.read()?;
        throwing(|| {
            let engine = self.shared.engine()?;
            Ok(request.with_request(|request| engine.is_allowed(request)))
        })
    }

    /// The decision.
    #[napi]
    pub fn check(&self, request: NativeRequest) -> Result<NativeDecision> {
        let request = request.read()?;
        throwing(|| {
            let engine = self.shared.engine()?;
            Ok(NativeDecision::from(&request.with_request(|request| engine.check(request))))
        })
    }

    /// The decision with what was considered, as JSON.
    #[napi]
    pub fn explain(&self, request: NativeRequest) -> Result<String> {
        let request = request.read()?;
        throwing(|| {
            let engine = self.shared.engine()?;
            Ok(request.with_request(|request| explanation_json(&engine.explain(request))))
        })
    }

    /// Decides a batch on one state.
    #[napi]
    pub fn check_many(&self, requests: Vec<NativeRequest>) -> Result<Vec<NativeDecision>> {
        let requests = requests.into_iter().map(NativeRequest::read).collect::<Result<Vec<_>>>()?;
        let answers = throwing(|| self.shared.check_many(&requests))?;
        Ok(answers.iter().map(NativeDecision::from).collect())
    }

    /// Permissions, as JSON.
    #[napi]
    pub fn permissions(&self, query: NativeQuery) -> Result<String> {
        throwing(|| {
            let pattern = |field: &str, text: &Option<String>| {
                let parsed = text.as_ref().map(|text| Pattern::parse(text).map_err(|error| (error, text)));
                parsed.transpose().map_err(|(error, text)| Fault::parse(error, field, text))
            };
            let (covering, covered_by) =
                (pattern("covering", &query.covering)?, pattern("coveredBy", &query.covered_by)?);
            let kind = query.principal_kind.as_deref().map(str::parse).transpose().map_err(|error| {
                let problem = Problem::new(Code::UnknownPrincipalKind, "principalKind", format!("{error}"));
                Fault::one(Kind::Request, problem)
            })?;
            let namespaces: Vec<&str> = query.namespaces.iter().flatten().map(String::as_str).collect();
            let offset = query.offset.unwrap_or_default() as usize;
            let page = self.shared.engine()?.permissions(&PermissionQuery {
                namespaces: &namespaces,
                covering: covering.as_ref(),
                covered_by: covered_by.as_ref(),
                principal_kind: kind,
                principal_id: query.principal_id.as_deref(),
                offset,
                limit: query.limit.map(|limit| limit as usize),
            });
            Ok(permissions_json(&page, offset))
        })
    }

    /// The subscription rows of a project, as JSON.
    #[napi]
    pub fn subscriptions(&self, project: String, offset: Option<u32>, limit: Option<u32>) -> Result<String> {
        throwing(|| {
            let (offset, limit) = (offset.unwrap_or_default() as usize, limit.map(|limit| limit as usize));
            Ok(subscriptions_json(&project, &self.shared.engine()?.subscriptions(&project, offset, limit)))
        })
    }

    /// What a user's rows come to, as JSON.
    #[napi]
    pub fn resolve(&self, project: String, user: String, groups: Option<Vec<String>>) -> Result<String> {
        throwing(|| self.shared.resolve(&project, &user, groups.as_deref()))
    }

    /// How many entities of each kind there are, as JSON.
    #[napi]
    pub fn counts(&self) -> Result<String> {
        throwing(|| Ok(counts_json(&self.shared.engine()?.counts())))
    }

    /// The revision of the newest state.
    #[napi]
    pub fn revision(&self) -> Result<f64> {
        throwing(|| Ok(number(self.shared.engine()?.revision().0)))
    }

    /// Refuses every further call, on all handles.
    #[napi]
    pub fn close(&self) {
        self.shared.close();
    }

    /// Whether it was closed.
    #[napi]
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.shared.is_closed()
    }

    fn over(shared: Arc<Shared>) -> Self {
        Self { shared, told: Arc::default() }
    }

    fn loading(&self, world: World) -> AsyncTask<Load> {
        AsyncTask::new(Load { shared: Arc::clone(&self.shared), told: Arc::clone(&self.told), world })
    }
}

/// A load, on a thread of Node's pool.
#[derive(Debug)]
pub struct Load {
    shared: Arc<Shared>,
    told: Arc<Told>,
    world: World,
}

#[derive(Debug)]
enum World {
    Document(Vec<u8>),
    File(PathBuf),
}

impl Task for Load {
    type Output = f64;
    type JsValue = f64;

    fn compute(&mut self) -> Result<f64> {
        throwing(|| {
            let revision = match &self.world {
                World::Document(document) => self.shared.load(document),
                World::File(path) => self.shared.load_file(path),
            };
            Ok(number(revision?.0))
        })
    }

    fn resolve(&mut self, env: Env, revision: f64) -> Result<f64> {
        if let Ok(engine) = self.shared.engine() {
            self.told.tell(env, i64::try_from(engine.memory().total()).unwrap_or(i64::MAX))?;
        }
        Ok(revision)
    }
}
