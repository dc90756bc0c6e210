"""`make install` and the Debian package bring what they say, and it works from where they put it."""

import glob
import hashlib
import os
import subprocess

import pytest
from program import PROGRAM, ROOT

BUILD = os.path.dirname(PROGRAM)
FILES = {
    "bin/migrinit",
    "share/man/man1/migrinit.1",
    "share/man/man5/migrinit.ini.5",
    "share/doc/migrinit/LICENSE",
    "share/bash-completion/completions/migrinit",
    "share/zsh/vendor-completions/_migrinit",
    "share/fish/vendor_completions.d/migrinit.fish",
}
# Under the names and in the forms that Debian wants.
OF_DEBIAN = (FILES - {"share/man/man1/migrinit.1", "share/man/man5/migrinit.ini.5", "share/doc/migrinit/LICENSE"}) | {
    "share/man/man1/migrinit.1.gz",
    "share/man/man5/migrinit.ini.5.gz",
    "share/doc/migrinit/copyright",
    "share/doc/migrinit/changelog.gz",
}


def run(*command, **more):
    return subprocess.run(command, check=True, stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd=ROOT, **more).stdout


def files_below(folder):
    return {os.path.relpath(path, folder) for path in glob.glob(f"{folder}/**", recursive=True, include_hidden=True) if os.path.isfile(path)}


VERSION = run(PROGRAM, "--version")


@pytest.fixture(scope="module")
def package():
    (path,) = glob.glob(f"{BUILD}/migrinit_*.deb")
    return path


def test_make_install(tmp_path):
    run("make", "-s", f"BUILD={BUILD}", f"DESTDIR={tmp_path}", "PREFIX=/opt/x", "install")
    assert files_below(f"{tmp_path}/opt/x") == FILES
    assert files_below(tmp_path) == {f"opt/x/{name}" for name in FILES}
    assert run(f"{tmp_path}/opt/x/bin/migrinit", "--version") == VERSION
    assert run(f"{tmp_path}/opt/x/bin/migrinit", "--license") == open(f"{tmp_path}/opt/x/share/doc/migrinit/LICENSE", encoding="utf-8").read()
    for name in FILES - {"bin/migrinit"}:
        assert os.stat(f"{tmp_path}/opt/x/{name}").st_mode & 0o777 == 0o644


def test_manual_is_found_where_it_is_installed(tmp_path):
    run("make", "-s", f"BUILD={BUILD}", f"DESTDIR={tmp_path}", "PREFIX=/usr", "install")
    environment = {"PATH": "/usr/bin:/bin", "MANPATH": f"{tmp_path}/usr/share/man", "LC_ALL": "C.UTF-8", "MANPAGER": "cat"}
    assert "apply pending migrations" in run("man", "migrinit", env=environment)
    assert "settings of migrinit" in run("man", "5", "migrinit.ini", env=environment)


def test_package_in_a_root_of_its_own(package, tmp_path):
    """dpkg installs it there, finds it whole, and takes all of it away again. Its libraries are this system's."""
    for folder in ("info", "updates"):
        (tmp_path / "var/lib/dpkg" / folder).mkdir(parents=True)
    (tmp_path / "var/lib/dpkg/status").touch()
    dpkg = ["dpkg", f"--root={tmp_path}", "--force-depends", "--force-not-root", "--log=/dev/null"]
    run(*dpkg, "--install", package)
    assert files_below(tmp_path / "usr") == OF_DEBIAN
    assert run(*dpkg, "--verify", "migrinit") == ""
    assert run(f"{tmp_path}/usr/bin/migrinit", "--version") == VERSION
    run(*dpkg, "--purge", "migrinit")
    assert files_below(tmp_path / "usr") == set()


def test_package_depends_on_what_the_program_loads(package):
    depends = run("dpkg-deb", "--field", package, "Depends")
    for library in ("libc6", "libpq5", "libev4", "libinih1", "libjansson4", "libssl3"):
        assert f"{library} (>= " in depends, depends
    assert VERSION == f"migrinit {run('dpkg-deb', '--field', package, 'Version')}"


def test_lintian_has_nothing_to_say(package):
    assert run("lintian", "--fail-on", "error,warning,info", "--display-info", "--allow-root", package) == ""


def test_built_again_it_has_the_same_bytes(package):
    def digest():
        with open(package, "rb") as file:
            return hashlib.sha256(file.read()).hexdigest()

    before = digest()
    version = run("dpkg-deb", "--field", package, "Version").strip()
    assert run("packaging/deb.sh", version, os.path.relpath(BUILD, ROOT)).strip() == os.path.relpath(package, ROOT)
    assert digest() == before
