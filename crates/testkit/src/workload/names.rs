//! The names and patterns of a tenant: 20 services of 10 types; ids that are UUIDs or words.

use super::Numbers;

/// The words that ids are made of.
pub(super) const WORDS: [&str; 10] =
    ["alpha", "billing", "chat", "deploy", "east", "forge", "graph", "home", "index", "jobs"];

/// How many segments a name has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Length {
    /// Three: service, type, id.
    Three,
    /// Eight, as many as there can be: five words between the type and the id.
    Eight,
}

impl Numbers {
    pub(super) fn service_and_type(&mut self) -> String {
        format!("svc{}:type{}", self.below(20), self.below(10))
    }

    pub(super) fn id(&mut self) -> String {
        if self.percent(60) { self.uuid() } else { self.word() }
    }

    fn uuid(&mut self) -> String {
        let (a, b) = (self.next(), self.next());
        format!(
            "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
            a >> 32,
            a >> 16 & 0xFFFF,
            a & 0xFFF,
            b >> 52,
            b & 0xFFFF_FFFF_FFFF
        )
    }

    pub(super) fn word(&mut self) -> String {
        format!("{}-{}-{}", self.pick(&WORDS), self.pick(&WORDS), self.below(10_000))
    }

    /// A name.
    pub(super) fn name(&mut self, length: Length) -> String {
        let (service, middle) = (self.service_and_type(), self.middle(length, 0));
        format!("{service}:{middle}{}", self.id())
    }

    /// A pattern: 60 % exact (60 % of them UUIDs), 20 % `service:type:*`, 5 % `service:*:*`, 15 % globs (prefix 60, suffix
    /// 20, infix 20). Of eight segments, two in five of the middle ones are `*`, unless it is exact.
    pub(super) fn pattern(&mut self, length: Length) -> String {
        match self.below(100) {
            0..60 => self.name(length),
            60..80 => format!("{}:{}*", self.service_and_type(), self.middle(length, 40)),
            80..85 if length == Length::Eight => format!("svc{}:*:**", self.below(20)),
            80..85 => format!("svc{}:*:*", self.below(20)),
            _ => {
                let (service, middle) = (self.service_and_type(), self.middle(length, 40));
                let glob = self.glob(1_000);
                format!("{service}:{middle}{glob}")
            }
        }
    }

    /// A glob for an id: a prefix (60 %), a suffix or an infix of words.
    pub(super) fn glob(&mut self, numbers: usize) -> String {
        let (a, b, n) = (self.pick(&WORDS), self.pick(&WORDS), self.below(numbers));
        match self.below(100) {
            0..60 => format!("{a}-{b}-{n}*"),
            60..80 => format!("*-{b}-{n}"),
            _ => format!("*-{b}-{n}*"),
        }
    }

    fn middle(&mut self, length: Length, stars: usize) -> String {
        let count = if length == Length::Eight { 5 } else { 0 };
        (0..count)
            .map(|_| if self.percent(stars) { "*:".to_owned() } else { format!("{}:", self.pick(&WORDS)) })
            .collect()
    }

    /// A name that a pattern of the workloads matches.
    pub(super) fn fill(&mut self, pattern: &str) -> String {
        let mut segments: Vec<String> = pattern.split(':').map(str::to_owned).collect();
        for (index, segment) in segments.iter_mut().enumerate() {
            if segment == "*" {
                *segment = match index {
                    0 => format!("svc{}", self.below(20)),
                    1 => format!("type{}", self.below(10)),
                    _ => self.id(),
                };
            } else if segment == "**" {
                *segment = if index < 2 { format!("type1:{}", self.id()) } else { self.id() };
            } else if segment.contains('*') {
                *segment = segment.replace('*', self.pick(&WORDS));
            }
        }
        segments.join(":")
    }
}
