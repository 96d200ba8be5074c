// Publishes and consumes over a broker's WebSocket, as a page of the origin that is given.
const { WebSocket } = require('ws');

const [url, origin] = process.argv.slice(2);
const socket = new WebSocket(url, { origin });
const say = (what) => socket.send(JSON.stringify(what));

function fail(why) {
  console.error(why);
  process.exit(1);
}

socket.onerror = (event) => fail(event.message);
socket.onclose = (event) => fail(`closed: ${event.code} ${event.reason}`);
socket.onopen = () => {
  say({ op: 'subscribe', id: 1, subject: 'pages.*' });
  say({ op: 'publish', id: 2, subject: 'pages.greeting', message: { json: { hello: 'wörld' } } });
};
socket.onmessage = ({ data }) => {
  const told = JSON.parse(data);
  switch (told.op) {
    case 'subscribed':
    case 'published':
      break;
    case 'message':
      if (JSON.parse(told.body).hello !== 'wörld' || told.subject !== 'pages.greeting') {
        fail(data);
      }
      console.log('ok');
      process.exit(0);
      break;
    default:
      fail(data);
  }
};
