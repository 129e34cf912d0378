// Starts the push service on the port that is named, or on any, and says which.
const {PushApiModel} = require('web-push-testing/src/PushApiModel.js');
const WebPushTestingServer = require('web-push-testing/src/server.js');

const model = new PushApiModel();
const server = new WebPushTestingServer(model, 0);
server.startServer();
server._server.on('listening', () => {
  const {port} = server._server.address();
  model.notifyUrl = `http://localhost:${port}/notify/`;
  console.log(`listening on ${port}`);
});
