"""A throwaway cluster of PostgreSQL."""

import os
import pathlib
import shutil
import socket
import subprocess
import sys


def fail(why):
    sys.exit(f"bench: {why}")


class Cluster:
    """A cluster as it comes, but for its connections and what is told."""

    def __init__(self, programs, folder, options=""):
        self.options, self.programs, self.folder = options, pathlib.Path(programs), folder / "cluster"
        if not (self.programs / "postgres").exists():
            fail("PostgreSQL's server is missing: install postgresql, or set BENCH_PG_BIN to the folder of its programs")
        self.folder.mkdir()
        # PostgreSQL does not run as root.
        self.prefix = ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups"] if os.geteuid() == 0 else []
        if self.prefix:
            shutil.chown(self.folder, "postgres", "postgres")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]

    def run(self, program, *arguments):
        done = subprocess.run([*self.prefix, self.programs / program, *map(str, arguments)], cwd="/", capture_output=True, text=True)
        if done.returncode:
            fail(f"{program}: {done.stderr[-600:]}")
        return done.stdout

    def __enter__(self):
        data = self.folder / "data"
        self.run("initdb", "-D", data, "-U", "postgres", "-A", "trust", "--locale", "C.UTF-8", "-E", "UTF8")
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1 {self.options}"
        # The server would keep a pipe open that nobody closes.
        subprocess.run([*self.prefix, self.programs / "pg_ctl", "-D", data, "-w", "-l", self.folder / "log", "-o", options, "start"],
                       cwd="/", check=True, stdout=subprocess.DEVNULL)
        self.url = f"postgres://postgres@127.0.0.1:{self.port}/bench"
        self.run("createdb", "-h", "127.0.0.1", "-p", self.port, "-U", "postgres", "bench")
        return self

    def __exit__(self, *_):
        self.run("pg_ctl", "-D", self.folder / "data", "-m", "fast", "-w", "stop")
