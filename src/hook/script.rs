//! The scripts that git runs: they find the program and hand over to it.
//!
//! Where the program is gone the hook stops git and says so. A hook that quietly does nothing would be believed.

use std::path::Path;

/// A file with this line is ours.
const MARK: &str = "# Written by `keysweep hook install`.";

/// What an older hook's name ends with while ours is in its place.
pub const BEFORE: &str = ".before-keysweep";

/// Hooks of git that a folder for all repositories takes the place of, and that ours have nothing to say to. Those that git runs
/// for each command on many refs or files (`reference-transaction`, `post-index-change`) are among them: nobody's hook is lost.
pub const PASSED_ON: [&str; 16] = [
    "post-applypatch",
    "post-checkout",
    "post-commit",
    "post-index-change",
    "post-merge",
    "post-receive",
    "post-rewrite",
    "post-update",
    "pre-auto-gc",
    "pre-rebase",
    "pre-receive",
    "prepare-commit-msg",
    "push-to-checkout",
    "reference-transaction",
    "sendemail-validate",
    "update",
];

/// Which hook runs before ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Before {
    /// The one that was in its place, kept beside it.
    Kept,
    /// The repository's own: ours is in a folder for all repositories.
    Own,
}

/// The hook that calls the program. `program` is where it is now; if it is not there any more, it is looked for on the `PATH`.
pub fn hook(name: &str, program: &Path, before: Before) -> String {
    let program = quoted(&program.to_string_lossy().replace('\\', "/"));
    let (find, flag) = match before {
        Before::Kept => (format!("before=$0{BEFORE}"), "--before \"$before\""),
        Before::Own => (own(name), "--own"),
    };
    // The folder of the repository is asked for only where the program cannot do it.
    let (early, late) = match before {
        Before::Kept => (format!("{find}\n"), String::new()),
        Before::Own => (String::new(), format!("    {}\n", find.replace('\n', "\n    "))),
    };
    format!(
        "#!/bin/sh\n\
         {MARK} `keysweep hook uninstall` takes it away and puts back\n\
         # what was here. It stops git where a key would be passed on: keysweep hook run --help\n\
         program={program}\n\
         {early}\
         [ -x \"$program\" ] || program=$(command -v keysweep) || {{\n\
         {late}\
         \x20   if [ -n \"$KEYSWEEP_SKIP\" ]; then\n\
         \x20       [ ! -x \"$before\" ] || exec \"$before\" \"$@\"\n\
         \x20       exit 0\n\
         \x20   fi\n\
         \x20   echo \"keysweep is not installed any more, but its hook is: $0\" >&2\n\
         \x20   echo \"Install it, delete that file, or go on without it once: KEYSWEEP_SKIP=why git ...\" >&2\n\
         \x20   exit 1\n\
         }}\n\
         exec \"$program\" hook run {name} {flag} -- \"$@\"\n"
    )
}

/// A hook that only runs the repository's own.
pub fn pass_on(name: &str) -> String {
    let own = own(name);
    format!(
        "#!/bin/sh\n{MARK} It runs the repository's own hook.\n{own}\n[ ! -x \"$before\" ] || exec \"$before\" \"$@\"\n"
    )
}

/// Most often the answer is plain; asking git takes longer than the rest.
fn own(name: &str) -> String {
    format!(
        "if [ -z \"$GIT_DIR\" ] && [ -d .git ]; then before=.git/hooks/{name}\n\
         else before=$(git rev-parse --git-common-dir)/hooks/{name}; fi"
    )
}

/// Whether we wrote a hook.
pub fn is_ours(text: &str) -> bool {
    text.lines().take(3).any(|line| line.starts_with(MARK))
}

/// Whether a hook finds out by its own name what it is: then it cannot be run under another.
pub fn needs_its_name(text: &str) -> bool {
    let asks = text.contains("basename") && text.contains("$0");
    asks || text.contains("PROGRAM_NAME") || text.contains("argv[0]") || text.contains("${0##*/}")
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_we_wrote_is_known_again() {
        for text in [hook("pre-push", Path::new("/bin/keysweep"), Before::Kept), pass_on("post-merge")] {
            assert!(is_ours(&text) && text.lines().all(|line| line.len() <= 120), "{text}");
        }
        assert!(!is_ours("#!/bin/sh\nexit 0\n"));
    }

    #[test]
    fn a_hook_that_asks_for_its_own_name_is_seen() {
        assert!(needs_its_name("hook=$(basename \"$0\")") && needs_its_name("File.basename($PROGRAM_NAME)"));
        assert!(!needs_its_name("dirname \"$0\"; make lint"));
    }

    #[test]
    fn a_program_in_an_odd_folder_is_quoted() {
        let text = hook("pre-commit", Path::new("/it's here/keysweep"), Before::Own);
        assert!(text.contains("program='/it'\\''s here/keysweep'\n"), "{text}");
    }
}
