// Command relaycheck follows a PDS as a strict relay would: it reads the event
// stream from the start, runs the checks that indigo's relay runs on each
// message, follows every chain of revisions, and keeps each repository's
// records by applying the operations. It stops once it has read the event with
// the number given and prints what it saw as one line of JSON.
package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"sort"
	"time"

	comatproto "github.com/bluesky-social/indigo/api/atproto"
	"github.com/bluesky-social/indigo/atproto/identity"
	"github.com/bluesky-social/indigo/atproto/repo"
	"github.com/bluesky-social/indigo/atproto/syntax"
	"github.com/bluesky-social/indigo/events"
	"github.com/bluesky-social/indigo/events/schedulers/sequential"
	"github.com/gorilla/websocket"
)

const (
	maxBlocksBytes = 2_000_000 // specs/sync
	maxOps         = 200       // specs/sync
	maxFailures    = 20        // reported in words; all are counted
)

// repoView is what a follower knows of one repository.
type repoView struct {
	Rev     string `json:"rev"`
	Records int    `json:"records"`
	// SHA-256 over the lines "path cid\n" in order of path.
	Digest string `json:"digest"`

	data    string
	records map[string]string
}

type report struct {
	Events   map[string]int       `json:"events"`
	LastSeq  int64                `json:"lastSeq"`
	Failed   int                  `json:"failed"`
	Failures []string             `json:"failures"`
	Repos    map[string]*repoView `json:"repos"`
}

type follower struct {
	ctx      context.Context
	dir      identity.Directory
	inactive map[string]bool
	report   report
	untilSeq int64
	done     func()
}

func main() {
	url := flag.String("url", "", "ws:// URL of the PDS")
	plc := flag.String("plc", "", "URL of the PLC directory")
	until := flag.Int64("until", 0, "stop after the event with this seq")
	limit := flag.Duration("timeout", 5*time.Minute, "stop with an error after this time")
	flag.Parse()
	slog.SetDefault(slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})))

	ctx, cancel := context.WithTimeout(context.Background(), *limit)
	defer cancel()
	base := &identity.BaseDirectory{PLCURL: *plc, SkipHandleVerification: true}
	dir := identity.NewCacheDirectory(base, 100_000, time.Hour, time.Minute, time.Hour)
	f := &follower{
		ctx: ctx, dir: dir, untilSeq: *until, done: cancel,
		inactive: map[string]bool{},
		report:   report{Events: map[string]int{}, Failures: []string{}, Repos: map[string]*repoView{}},
	}
	if err := f.follow(*url); err != nil && f.report.LastSeq < *until {
		fmt.Fprintln(os.Stderr, "relaycheck:", err)
		f.fail(f.report.LastSeq, "", err)
	}
	f.summarise()
	if err := json.NewEncoder(os.Stdout).Encode(f.report); err != nil {
		os.Exit(1)
	}
	if f.report.Failed > 0 {
		os.Exit(1)
	}
}

func (f *follower) follow(url string) error {
	con, _, err := websocket.DefaultDialer.Dial(url+"/xrpc/com.atproto.sync.subscribeRepos?cursor=0", nil)
	if err != nil {
		return err
	}
	callbacks := &events.RepoStreamCallbacks{
		RepoCommit:   f.onCommit,
		RepoSync:     f.onSync,
		RepoIdentity: f.onIdentity,
		RepoAccount:  f.onAccount,
		RepoInfo: func(evt *comatproto.SyncSubscribeRepos_Info) error {
			f.report.Events["info"]++
			return nil
		},
		Error: func(evt *events.ErrorFrame) error {
			return fmt.Errorf("error frame %s: %s", evt.Error, evt.Message)
		},
	}
	sched := sequential.NewScheduler("relaycheck", callbacks.EventHandler)
	return events.HandleRepoStream(f.ctx, con, sched, slog.Default())
}

func (f *follower) seen(kind string, seq int64) {
	f.report.Events[kind]++
	if seq <= f.report.LastSeq {
		f.fail(seq, "", fmt.Errorf("seq after %d", f.report.LastSeq))
	}
	f.report.LastSeq = seq
	if f.untilSeq > 0 && seq >= f.untilSeq {
		f.done()
	}
}

func (f *follower) fail(seq int64, did string, err error) {
	f.report.Failed++
	if len(f.report.Failures) < maxFailures {
		f.report.Failures = append(f.report.Failures, fmt.Sprintf("%d %s: %v", seq, did, err))
	}
}

func (f *follower) onCommit(evt *comatproto.SyncSubscribeRepos_Commit) error {
	defer f.seen("commit", evt.Seq)
	if err := f.checkCommit(evt); err != nil {
		f.fail(evt.Seq, evt.Repo, err)
	}
	return nil
}

func (f *follower) checkCommit(evt *comatproto.SyncSubscribeRepos_Commit) error {
	if f.inactive[evt.Repo] {
		return errors.New("commit of an inactive account")
	}
	if len(evt.Blocks) > maxBlocksBytes || len(evt.Ops) > maxOps {
		return fmt.Errorf("too large: %d bytes, %d ops", len(evt.Blocks), len(evt.Ops))
	}
	if evt.TooBig || evt.Rebase || len(evt.Blobs) > 0 {
		return errors.New("a deprecated field is in use")
	}
	if _, err := repo.VerifyCommitMessage(f.ctx, evt); err != nil {
		return fmt.Errorf("VerifyCommitMessage: %w", err)
	}
	if err := repo.VerifyCommitSignature(f.ctx, f.dir, evt); err != nil {
		return fmt.Errorf("VerifyCommitSignature: %w", err)
	}
	commit, err := repo.VerifyCommitSignatureFromCar(f.ctx, f.dir, evt.Blocks)
	if err != nil {
		return err
	}
	view := f.report.Repos[evt.Repo]
	if view == nil {
		view = &repoView{records: map[string]string{}}
		f.report.Repos[evt.Repo] = view
	} else if err := followsOn(view, evt); err != nil {
		return err
	}
	view.Rev = evt.Rev
	view.data = commit.Data.String()
	return view.apply(evt.Ops)
}

func followsOn(view *repoView, evt *comatproto.SyncSubscribeRepos_Commit) error {
	if evt.Since == nil || *evt.Since != view.Rev {
		return fmt.Errorf("since %v does not name rev %s", evt.Since, view.Rev)
	}
	if evt.PrevData == nil || evt.PrevData.String() != view.data {
		return errors.New("prevData does not name the tree before")
	}
	if evt.Rev <= view.Rev {
		return fmt.Errorf("rev %s after %s", evt.Rev, view.Rev)
	}
	return nil
}

func (view *repoView) apply(ops []*comatproto.SyncSubscribeRepos_RepoOp) error {
	if view.records == nil {
		return nil
	}
	for _, op := range ops {
		before, isThere := view.records[op.Path]
		if isThere != (op.Prev != nil) || (isThere && op.Prev.String() != before) {
			return fmt.Errorf("prev of %s is not what the op before left", op.Path)
		}
		if op.Action == "delete" {
			delete(view.records, op.Path)
		} else {
			view.records[op.Path] = op.Cid.String()
		}
	}
	return nil
}

func (f *follower) onSync(evt *comatproto.SyncSubscribeRepos_Sync) error {
	defer f.seen("sync", evt.Seq)
	commit, err := repo.VerifySyncMessage(f.ctx, f.dir, evt)
	if err != nil {
		f.fail(evt.Seq, evt.Did, fmt.Errorf("VerifySyncMessage: %w", err))
		return nil
	}
	if commit.Rev != evt.Rev {
		f.fail(evt.Seq, evt.Did, fmt.Errorf("sync rev %s, commit rev %s", evt.Rev, commit.Rev))
	}
	if view := f.report.Repos[evt.Did]; view != nil {
		view.moveTo(commit)
	}
	return nil
}

// moveTo starts a repository anew where a sync says that it stands. If that is
// another tree, the operations that led to it are not known, and so its records
// are not either.
func (view *repoView) moveTo(commit *repo.Commit) {
	if view.data != commit.Data.String() {
		view.records = nil
	}
	view.Rev = commit.Rev
	view.data = commit.Data.String()
}

func (f *follower) onIdentity(evt *comatproto.SyncSubscribeRepos_Identity) error {
	defer f.seen("identity", evt.Seq)
	did, err := syntax.ParseDID(evt.Did)
	if err != nil {
		f.fail(evt.Seq, evt.Did, err)
		return nil
	}
	return f.dir.Purge(f.ctx, did.AtIdentifier())
}

func (f *follower) onAccount(evt *comatproto.SyncSubscribeRepos_Account) error {
	defer f.seen("account", evt.Seq)
	f.inactive[evt.Did] = !evt.Active
	if evt.Status != nil && *evt.Status == "deleted" {
		delete(f.report.Repos, evt.Did)
	}
	return nil
}

func (f *follower) summarise() {
	for _, view := range f.report.Repos {
		paths := make([]string, 0, len(view.records))
		for path := range view.records {
			paths = append(paths, path)
		}
		sort.Strings(paths)
		hash := sha256.New()
		for _, path := range paths {
			fmt.Fprintf(hash, "%s %s\n", path, view.records[path])
		}
		view.Records = len(paths)
		view.Digest = hex.EncodeToString(hash.Sum(nil))
	}
}
