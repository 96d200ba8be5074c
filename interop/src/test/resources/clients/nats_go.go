// Debian's NATS client for Go against the port given: publishes, requests, JetStream, buckets, objects.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
)

const patience = 15 * time.Second

func check(err error, what string) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", what, err)
		os.Exit(1)
	}
}

func expect(is, wanted interface{}, what string) {
	if is != wanted {
		fmt.Fprintf(os.Stderr, "%s: %v and not %v\n", what, is, wanted)
		os.Exit(1)
	}
}

func core(nc *nats.Conn) {
	sub, err := nc.SubscribeSync("go.*")
	check(err, "subscribe")
	check(nc.Publish("go.a", []byte("hello")), "publish")
	msg, err := sub.NextMsg(patience)
	check(err, "next message")
	expect(string(msg.Data), "hello", "body")

	_, err = nc.Subscribe("service.go", func(m *nats.Msg) {
		answer := nats.NewMsg(m.Reply)
		answer.Header.Set("Shop", m.Header.Get("Shop"))
		answer.Data = append(m.Data, '!')
		check(m.RespondMsg(answer), "respond")
	})
	check(err, "service")
	request := nats.NewMsg("service.go")
	request.Header.Set("Shop", "eu")
	request.Data = []byte("beans")
	reply, err := nc.RequestMsg(request, patience)
	check(err, "request")
	expect(string(reply.Data), "beans!", "answer")
	expect(reply.Header.Get("Shop"), "eu", "header")
	_, err = nc.Request("service.nobody", nil, patience)
	expect(errors.Is(err, nats.ErrNoResponders), true, "no responders")
}

func streams(js nats.JetStreamContext) {
	_, err := js.AddStream(&nats.StreamConfig{Name: "GO", Subjects: []string{"goods.>"}})
	check(err, "add stream")
	for i := 1; i <= 3; i++ {
		ack, err := js.Publish("goods.eu", []byte(fmt.Sprint(i)), nats.MsgId(fmt.Sprint("m-", i)))
		check(err, "publish to a stream")
		expect(ack.Sequence, uint64(i), "sequence")
	}
	again, err := js.Publish("goods.eu", []byte("3"), nats.MsgId("m-3"))
	check(err, "publish once more")
	expect(again.Duplicate, true, "duplicate")
	_, err = js.Publish("goods.eu", []byte("4"), nats.ExpectLastSequence(1))
	expect(err != nil, true, "a wrong sequence is refused")

	pull, err := js.PullSubscribe("goods.>", "puller")
	check(err, "pull subscribe")
	got, err := pull.Fetch(3, nats.MaxWait(patience))
	check(err, "fetch")
	expect(len(got), 3, "fetched")
	for _, msg := range got {
		check(msg.AckSync(), "acknowledge")
	}
	info, err := pull.ConsumerInfo()
	check(err, "consumer info")
	expect(info.NumPending, uint64(0), "pending")
	expect(info.NumAckPending, 0, "not acknowledged")

	push, err := js.SubscribeSync("goods.>", nats.OrderedConsumer())
	check(err, "ordered consumer")
	for i := 1; i <= 3; i++ {
		msg, err := push.NextMsg(patience)
		check(err, "ordered message")
		expect(string(msg.Data), fmt.Sprint(i), "in order")
	}
	check(push.Unsubscribe(), "unsubscribe")
	raw, err := js.GetMsg("GO", 2)
	check(err, "get message")
	expect(string(raw.Data), "2", "message 2")
	state, err := js.StreamInfo("GO")
	check(err, "stream info")
	expect(state.State.Msgs, uint64(3), "messages")
	check(js.PurgeStream("GO"), "purge")
	check(js.DeleteStream("GO"), "delete stream")
}

func bucket(js nats.JetStreamContext) {
	kv, err := js.CreateKeyValue(&nats.KeyValueConfig{Bucket: "go", History: 3})
	check(err, "create bucket")
	first, err := kv.Create("k", []byte("1"))
	check(err, "create")
	_, err = kv.Create("k", []byte("x"))
	expect(err != nil, true, "a key is created once")
	_, err = kv.Update("k", []byte("2"), first)
	check(err, "update")
	entry, err := kv.Get("k")
	check(err, "get")
	expect(string(entry.Value()), "2", "value")
	history, err := kv.History("k")
	check(err, "history")
	expect(len(history), 2, "versions")
	watch, err := kv.WatchAll()
	check(err, "watch")
	expect(string((<-watch.Updates()).Value()), "2", "watched")
	expect(<-watch.Updates(), nats.KeyValueEntry(nil), "end of what was there")
	check(kv.Delete("k"), "delete")
	expect((<-watch.Updates()).Operation(), nats.KeyValueDelete, "watched deletion")
	check(watch.Stop(), "stop watching")
	_, err = kv.Get("k")
	expect(errors.Is(err, nats.ErrKeyNotFound), true, "gone")
}

func objects(js nats.JetStreamContext) {
	store, err := js.CreateObjectStore(&nats.ObjectStoreConfig{Bucket: "go"})
	check(err, "create object store")
	large := bytes.Repeat([]byte("0123456789abcdef"), 64*1024)
	_, err = store.PutBytes("large", large)
	check(err, "put object")
	back, err := store.GetBytes("large")
	check(err, "get object")
	expect(bytes.Equal(back, large), true, "object")
	all, err := store.List()
	check(err, "list objects")
	expect(len(all), 1, "objects")
	check(store.Delete("large"), "delete object")
	_, err = store.GetBytes("large")
	expect(err != nil, true, "object is gone")
}

func main() {
	nc, err := nats.Connect("nats://127.0.0.1:" + strings.TrimSpace(os.Args[1]))
	check(err, "connect")
	js, err := nc.JetStream(nats.MaxWait(patience))
	check(err, "jetstream")
	core(nc)
	streams(js)
	bucket(js)
	objects(js)
	check(nc.Drain(), "drain")
	fmt.Println("ok")
}
