//! Generators: worlds, requests and histories from a seed.
//!
//! Vocabularies are small, so that things meet: about half of the requests are decided by a permission. They hold what
//! engines like this one have got wrong: wildcards beside literals and their neighbours in sort order, instants exactly
//! at and around the edges of a window, numbers that are texts elsewhere, kinds that share an id.
//!
//! Everything comes from a [`Dice`]: the same seed gives the same run, on every machine.
//!
//! ```
//! use grantrie::Timestamp;
//! use grantrie_testkit::generate::{self, Dice, Ids, Shape};
//! use grantrie_testkit::model::Model;
//!
//! let (mut dice, mut ids, mut model) = (Dice::new(1), Ids::default(), Model::default());
//! for set in generate::world(&mut dice, Shape::Mixed) {
//!     model.apply(&set, &mut || ids.make(), Timestamp::MIN).expect("worlds are valid");
//! }
//! let request = generate::request(&mut dice, &model);
//! let verdict = model.decide(&request.as_request(), generate::NOON);
//! assert!(!verdict.allowed || verdict.reason != grantrie_testkit::Why::NoGrant);
//! ```

mod changes;
mod dice;
mod drafts;
mod names;
mod requests;
mod worlds;

pub use changes::change_set;
pub use dice::{Dice, Ids};
pub use drafts::{EDGES, NOON, draft, membership};
pub use names::{name, name_matching, near_miss, pattern};
pub use requests::{invalid_request, request};
pub use worlds::{Shape, world};
