//! Cycles, which relationships between data products may have, and calibration that was solved on the
//! data it was applied to.

use super::{Edge, Heading};

/// Takes out of `edges` those that lead back to a node the walk came from, so that what is left has no
/// cycle, and returns them.
pub(super) fn cut(nodes: usize, edges: &mut Vec<Edge>, heading: Heading) -> Vec<Edge> {
    let ends = |edge: &Edge| match heading {
        Heading::Ancestors => (edge.child, edge.parent),
        Heading::Descendants => (edge.parent, edge.child),
    };
    let mut leaving: Vec<Vec<usize>> = vec![Vec::new(); nodes];
    for (index, edge) in edges.iter().enumerate() {
        leaving[ends(edge).0].push(index);
    }
    let mut state = vec![State::New; nodes];
    let mut closing = vec![false; edges.len()];
    for start in 0..nodes {
        if state[start] != State::New {
            continue;
        }
        state[start] = State::Open;
        let mut path = vec![(start, 0)];
        while let Some((node, next)) = path.last_mut() {
            let Some(&index) = leaving[*node].get(*next) else {
                state[*node] = State::Done;
                path.pop();
                continue;
            };
            *next += 1;
            let far = ends(&edges[index]).1;
            match state[far] {
                State::New => {
                    state[far] = State::Open;
                    path.push((far, 0));
                }
                State::Open => closing[index] = true,
                State::Done => {}
            }
        }
    }
    let mut closing = closing.into_iter();
    let (cut, kept) =
        std::mem::take(edges).into_iter().partition(|_| closing.next().unwrap_or(false));
    *edges = kept;
    cut
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    New,
    /// On the path from the start.
    Open,
    Done,
}
