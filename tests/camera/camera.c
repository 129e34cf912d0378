// A camera for tests: `camera FILE WIDTH HEIGHT` offers a PipeWire video source that shows the pictures in
// FILE, one after the other and again from the first, each WIDTH x HEIGHT pixels of four bytes (RGBA). FILE
// is looked at for every picture.
//
// It hands out memory of its own, as drivers of real cameras do. With memory that PipeWire shares out by
// itself (gst-launch ... ! pipewiresink), WebKit crashes now and then: the GStreamer source of
// PipeWire 0.3 unmaps that memory while a picture in it is still being converted.

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <pipewire/pipewire.h>
#include <spa/param/video/format-utils.h>

#define MOST_PIXELS 4096
#define FRAMES_A_SECOND 15
#define MOST_BUFFERS 8

struct camera {
	const char *file;
	int width, height, stride, size;
	unsigned shown;
	struct pw_main_loop *loop;
	struct pw_stream *stream;
	struct spa_source *timer;
};

static void show_frame(void *data)
{
	struct camera *camera = data;
	struct pw_buffer *buffer = pw_stream_dequeue_buffer(camera->stream);
	if (buffer == NULL)
		return; // Nobody has given one back; the next frame will find one.
	struct spa_data *frame = &buffer->buffer->datas[0];
	// The file is replaced by renaming, so what is opened is always whole.
	int fd = open(camera->file, O_RDONLY | O_CLOEXEC);
	struct stat about;
	off_t pictures = fd >= 0 && fstat(fd, &about) == 0 ? about.st_size / camera->size : 0;
	if (pictures == 0 || pread(fd, frame->data, camera->size, camera->shown++ % pictures * camera->size) != camera->size)
		fprintf(stderr, "camera: %s cannot be read\n", camera->file);
	if (fd >= 0)
		close(fd);
	frame->chunk->offset = 0;
	frame->chunk->stride = camera->stride;
	frame->chunk->size = camera->size;
	pw_stream_queue_buffer(camera->stream, buffer);
}

static void on_timer(void *data, uint64_t expirations)
{
	struct camera *camera = data;
	(void)expirations;
	pw_stream_trigger_process(camera->stream);
}

static void on_state_changed(void *data, enum pw_stream_state old, enum pw_stream_state state, const char *error)
{
	struct camera *camera = data;
	(void)old;
	if (state == PW_STREAM_STATE_ERROR) {
		fprintf(stderr, "camera: %s\n", error);
		pw_main_loop_quit(camera->loop);
	}
	struct timespec now = { 0, 1 }, each = { 0, SPA_NSEC_PER_SEC / FRAMES_A_SECOND }, off = { 0, 0 };
	int streaming = state == PW_STREAM_STATE_STREAMING;
	pw_loop_update_timer(pw_main_loop_get_loop(camera->loop), camera->timer, streaming ? &now : &off,
			     streaming ? &each : &off, false);
}

static void on_param_changed(void *data, uint32_t id, const struct spa_pod *param)
{
	struct camera *camera = data;
	if (param == NULL || id != SPA_PARAM_Format)
		return;
	uint8_t space[512];
	struct spa_pod_builder builder = SPA_POD_BUILDER_INIT(space, sizeof(space));
	const struct spa_pod *buffers = spa_pod_builder_add_object(&builder,
		SPA_TYPE_OBJECT_ParamBuffers, SPA_PARAM_Buffers,
		SPA_PARAM_BUFFERS_buffers, SPA_POD_CHOICE_RANGE_Int(4, 2, MOST_BUFFERS),
		SPA_PARAM_BUFFERS_blocks, SPA_POD_Int(1),
		SPA_PARAM_BUFFERS_size, SPA_POD_Int(camera->size),
		SPA_PARAM_BUFFERS_stride, SPA_POD_Int(camera->stride),
		SPA_PARAM_BUFFERS_dataType, SPA_POD_CHOICE_FLAGS_Int(1 << SPA_DATA_MemFd));
	pw_stream_update_params(camera->stream, &buffers, 1);
}

static void on_add_buffer(void *data, struct pw_buffer *buffer)
{
	struct camera *camera = data;
	struct spa_data *frame = &buffer->buffer->datas[0];
	frame->type = SPA_DATA_MemFd;
	frame->flags = SPA_DATA_FLAG_READWRITE;
	frame->mapoffset = 0;
	frame->maxsize = camera->size;
	frame->fd = memfd_create("camera frame", MFD_CLOEXEC);
	if (frame->fd < 0 || ftruncate(frame->fd, camera->size) < 0) {
		perror("camera: no memory");
		pw_main_loop_quit(camera->loop);
		return;
	}
	frame->data = mmap(NULL, camera->size, PROT_READ | PROT_WRITE, MAP_SHARED, frame->fd, 0);
}

static void on_remove_buffer(void *data, struct pw_buffer *buffer)
{
	struct camera *camera = data;
	struct spa_data *frame = &buffer->buffer->datas[0];
	munmap(frame->data, camera->size);
	close(frame->fd);
}

static const struct pw_stream_events events = {
	PW_VERSION_STREAM_EVENTS,
	.process = show_frame,
	.state_changed = on_state_changed,
	.param_changed = on_param_changed,
	.add_buffer = on_add_buffer,
	.remove_buffer = on_remove_buffer,
};

int main(int argc, char *argv[])
{
	int width = argc == 4 ? atoi(argv[2]) : 0, height = argc == 4 ? atoi(argv[3]) : 0;
	if (width <= 0 || width > MOST_PIXELS || height <= 0 || height > MOST_PIXELS) {
		fprintf(stderr, "usage: camera FILE WIDTH HEIGHT\n");
		return 2;
	}
	pw_init(&argc, &argv);
	struct camera camera = { .file = argv[1], .loop = pw_main_loop_new(NULL), .width = width, .height = height,
		.stride = width * 4, .size = width * 4 * height };
	struct pw_loop *loop = pw_main_loop_get_loop(camera.loop);
	camera.timer = pw_loop_add_timer(loop, on_timer, &camera);
	struct pw_properties *properties = pw_properties_new(PW_KEY_MEDIA_CLASS, "Video/Source", PW_KEY_MEDIA_ROLE,
		"Camera", PW_KEY_NODE_NAME, "countersign-camera", PW_KEY_NODE_DESCRIPTION, "Camera", NULL);
	camera.stream = pw_stream_new_simple(loop, "camera", properties, &events, &camera);

	uint8_t space[512];
	struct spa_pod_builder builder = SPA_POD_BUILDER_INIT(space, sizeof(space));
	const struct spa_pod *format = spa_pod_builder_add_object(&builder,
		SPA_TYPE_OBJECT_Format, SPA_PARAM_EnumFormat,
		SPA_FORMAT_mediaType, SPA_POD_Id(SPA_MEDIA_TYPE_video),
		SPA_FORMAT_mediaSubtype, SPA_POD_Id(SPA_MEDIA_SUBTYPE_raw),
		SPA_FORMAT_VIDEO_format, SPA_POD_Id(SPA_VIDEO_FORMAT_RGBA),
		SPA_FORMAT_VIDEO_size, SPA_POD_Rectangle(&SPA_RECTANGLE(camera.width, camera.height)),
		SPA_FORMAT_VIDEO_framerate, SPA_POD_Fraction(&SPA_FRACTION(FRAMES_A_SECOND, 1)));
	if (pw_stream_connect(camera.stream, PW_DIRECTION_OUTPUT, PW_ID_ANY,
			      PW_STREAM_FLAG_DRIVER | PW_STREAM_FLAG_ALLOC_BUFFERS, &format, 1) < 0) {
		fprintf(stderr, "camera: PipeWire is not there\n");
		return 1;
	}
	pw_main_loop_run(camera.loop);
	return 1;
}
