//! When and for which resources a permission applies, in one run of memory, so that a check fetches no more than that to judge
//! it; and so that what is compiled for a subject can hold a copy.
//!
//! ```text
//! not before, and expires at: microseconds (8 bytes each, little-endian), or the least number that there is, for none
//! for each criterion, by name: bytes of the name (4), name, kind, and of the kind's value:
//!   text      bytes of it (4), text
//!   whole     16 bytes
//!   fraction  8 bytes, those of the f64
//!   flag      1 byte
//! ```

use std::sync::Arc;

use crate::Timestamp;
use crate::cow::Heap;
use crate::model::{AttributeValue, Attributes, DraftRef};

/// See the [module](self). Not empty: most permissions have no conditions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PackedConditions(Arc<[u8]>);

/// What is known of conditions without reading the criteria.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Conditions<'a> {
    pub(crate) not_before: Option<Timestamp>,
    pub(crate) expires_at: Option<Timestamp>,
    pub(crate) criteria: Criteria<'a>,
}

/// The values that attributes must have; none for every resource.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Criteria<'a>(&'a [u8]);

const TEXT: u8 = 0;
const WHOLE: u8 = 1;
const FRACTION: u8 = 2;
const FLAG: u8 = 3;

/// A value that an attribute must have.
#[derive(Debug, Clone, Copy)]
enum Value<'a> {
    Text(&'a [u8]),
    Whole(i128),
    Fraction(u64),
    Flag(bool),
}

/// No instant is so long ago.
const NO_TIME: i64 = i64::MIN;

impl PackedConditions {
    /// `None` of none.
    pub(crate) fn pack(
        not_before: Option<Timestamp>,
        expires_at: Option<Timestamp>,
        criteria: &Attributes,
    ) -> Option<Self> {
        if not_before.is_none() && expires_at.is_none() && criteria.is_empty() {
            return None;
        }
        let time = |at: Option<Timestamp>| at.map_or(NO_TIME, Timestamp::as_micros).to_le_bytes();
        let mut bytes = [time(not_before), time(expires_at)].concat();
        for (name, value) in criteria {
            put_text(&mut bytes, name);
            match value {
                AttributeValue::Text(text) => {
                    bytes.push(TEXT);
                    put_text(&mut bytes, text);
                }
                AttributeValue::Number(number) => match number.as_whole() {
                    Some(whole) => {
                        bytes.push(WHOLE);
                        bytes.extend_from_slice(&whole.to_le_bytes());
                    }
                    None => {
                        bytes.push(FRACTION);
                        bytes.extend_from_slice(&number.as_f64().to_bits().to_le_bytes());
                    }
                },
                AttributeValue::Flag(flag) => bytes.extend_from_slice(&[FLAG, (*flag).into()]),
            }
        }
        Some(Self(bytes.into()))
    }

    pub(crate) fn of(draft: &DraftRef<'_>) -> Option<Self> {
        Self::pack(draft.not_before, draft.expires_at, draft.criteria)
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    pub(crate) fn unpack(&self) -> Option<Conditions<'_>> {
        Conditions::unpack(&self.0)
    }
}

impl<'a> Conditions<'a> {
    /// The conditions that were packed into these bytes; `None` if they can't be read.
    #[inline]
    pub(crate) fn unpack(bytes: &'a [u8]) -> Option<Self> {
        let mut items = Items(bytes);
        let (not_before, expires_at) = (items.time()?, items.time()?);
        Some(Self { not_before, expires_at, criteria: Criteria(items.0) })
    }
}

impl<'a> Criteria<'a> {
    const fn items(self) -> Items<'a> {
        Items(self.0)
    }

    pub(crate) const fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// Whether each of them is an attribute with that value.
    pub(crate) fn hold(self, attributes: &Attributes) -> bool {
        let mut items = self.items();
        let all = items.by_ref().all(|(name, value)| {
            let name = str::from_utf8(name).ok();
            name.and_then(|name| attributes.get(name)).is_some_and(|known| value.is(known))
        });
        // What can't be read holds for nobody.
        all && items.0.is_empty()
    }

    /// Whether they are just these attributes.
    pub(crate) fn are(self, attributes: &Attributes) -> bool {
        self.items().count() == attributes.len() && self.hold(attributes)
    }

    pub(crate) fn to_attributes(self) -> Attributes {
        let pair = |(name, value): (&[u8], Value<'_>)| Some((text(name)?, value.to_owned()?));
        self.items().filter_map(pair).collect()
    }
}

fn put_text(bytes: &mut Vec<u8>, text: &str) {
    // No text is as long as this.
    bytes.extend_from_slice(&u32::try_from(text.len()).unwrap_or(u32::MAX).to_le_bytes());
    bytes.extend_from_slice(text.as_bytes());
}

fn text(bytes: &[u8]) -> Option<String> {
    str::from_utf8(bytes).ok().map(str::to_owned)
}

/// What is still to be read.
struct Items<'a>(&'a [u8]);

impl<'a> Items<'a> {
    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (array, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*array)
    }

    fn time(&mut self) -> Option<Option<Timestamp>> {
        match i64::from_le_bytes(self.array()?) {
            NO_TIME => Some(None),
            micros => Timestamp::from_micros(micros).map(Some),
        }
    }

    fn text(&mut self) -> Option<&'a [u8]> {
        let length = u32::from_le_bytes(self.array()?);
        let (text, rest) = self.0.split_at_checked(length as usize)?;
        self.0 = rest;
        Some(text)
    }
}

impl<'a> Iterator for Items<'a> {
    type Item = (&'a [u8], Value<'a>);

    /// Where it ends before all is read, all from there on is left.
    fn next(&mut self) -> Option<Self::Item> {
        let mut rest = Self(self.0);
        let item = rest.item()?;
        *self = rest;
        Some(item)
    }
}

impl<'a> Items<'a> {
    fn item(&mut self) -> Option<(&'a [u8], Value<'a>)> {
        let name = self.text()?;
        let [kind] = self.array()?;
        let value = match kind {
            TEXT => Value::Text(self.text()?),
            WHOLE => Value::Whole(i128::from_le_bytes(self.array()?)),
            FRACTION => Value::Fraction(u64::from_le_bytes(self.array()?)),
            _ => Value::Flag(self.array()? != [0]),
        };
        Some((name, value))
    }
}

impl Value<'_> {
    fn is(self, known: &AttributeValue) -> bool {
        match (self, known) {
            (Self::Text(text), AttributeValue::Text(known)) => text == known.as_bytes(),
            (Self::Flag(flag), AttributeValue::Flag(known)) => flag == *known,
            (Self::Whole(whole), AttributeValue::Number(known)) => known.as_whole() == Some(whole),
            (Self::Fraction(bits), AttributeValue::Number(known)) => {
                known.as_whole().is_none() && known.as_f64().to_bits() == bits
            }
            _ => false,
        }
    }

    fn to_owned(self) -> Option<AttributeValue> {
        match self {
            Self::Text(bytes) => text(bytes).map(AttributeValue::Text),
            Self::Flag(flag) => Some(flag.into()),
            Self::Whole(whole) => AttributeValue::from_whole(whole),
            Self::Fraction(bits) => AttributeValue::from_f64(f64::from_bits(bits)),
        }
    }
}

impl Heap for PackedConditions {
    fn heap(&self) -> usize {
        crate::cow::shared(self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values() -> Vec<AttributeValue> {
        let numbers = [0.0, -3.0, 1.5, -0.25, 1e300, 1.8e19].into_iter().filter_map(AttributeValue::from_f64);
        let wholes = [AttributeValue::from(u64::MAX), AttributeValue::from(i64::MIN)];
        let texts = ["", "x", "xy", "é", "true"].map(AttributeValue::from);
        numbers.chain(wholes).chain(texts).chain([true, false].map(AttributeValue::from)).collect()
    }

    #[test]
    fn criteria_are_what_they_were_made_of() {
        assert_eq!(PackedConditions::pack(None, None, &Attributes::new()), None);
        for one in values() {
            for two in values() {
                let attributes = Attributes::from([("a".to_owned(), one.clone()), ("name".to_owned(), two.clone())]);
                let packed = PackedConditions::pack(None, None, &attributes).unwrap();
                let Conditions { not_before, expires_at, criteria } = packed.unpack().unwrap();
                assert_eq!((not_before, expires_at, criteria.is_empty()), (None, None, false));
                assert_eq!(criteria.to_attributes(), attributes);
                assert!(criteria.are(&attributes) && criteria.hold(&attributes));
                let mut more = attributes.clone();
                more.insert("other".to_owned(), one.clone());
                assert!(criteria.hold(&more) && !criteria.are(&more));
                more.remove("a");
                assert!(!criteria.hold(&more) && !criteria.are(&more));
                let swapped = Attributes::from([("a".to_owned(), two.clone()), ("name".to_owned(), one.clone())]);
                assert_eq!(criteria.hold(&swapped), one == two);
            }
        }
    }

    #[test]
    fn times_are_what_they_were_made_of() {
        let instants = [0, 1, -1].map(|micros| Timestamp::from_micros(micros).unwrap());
        let times: Vec<_> =
            instants.into_iter().chain([Timestamp::MIN, Timestamp::MAX]).map(Some).chain([None]).collect();
        for start in &times {
            for end in times.iter().filter(|end| start.is_some() || end.is_some()) {
                let packed = PackedConditions::pack(*start, *end, &Attributes::new()).unwrap();
                let Conditions { not_before, expires_at, criteria } = packed.unpack().unwrap();
                assert_eq!((not_before, expires_at, criteria.is_empty()), (*start, *end, true));
                assert!(criteria.hold(&Attributes::new()) && criteria.are(&Attributes::new()));
            }
        }
    }

    #[test]
    fn what_cannot_be_read_holds_for_nobody() {
        let attributes = Attributes::from([("a".to_owned(), "text".into()), ("b".to_owned(), 7_i64.into())]);
        let whole = PackedConditions::pack(None, None, &attributes).unwrap();
        let [times, first] = [16, 4 + 1 + 1 + 4 + 4];
        for length in 0..whole.bytes().len() {
            let read = Conditions::unpack(&whole.bytes()[..length]);
            assert_eq!(read.is_some(), length >= times, "{length}");
            let holds = read.is_some_and(|read| read.criteria.hold(&attributes));
            // Cut between two criteria, they are fewer.
            assert_eq!(holds, [times, times + first].contains(&length), "{length}");
        }
        let never = [i64::MIN + 1; 2].map(i64::to_le_bytes).concat();
        assert!(Conditions::unpack(&never).is_none());
    }
}
