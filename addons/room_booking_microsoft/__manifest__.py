{
    "name": "Room Booking: Outlook Calendar",
    "summary": "Meetings in rooms, moved in Outlook, ask for the room",
    "version": "19.0.1.0.0",
    "category": "Services/Room Booking",
    "license": "LGPL-3",
    "author": "Resource Suite",
    "website": "https://github.com/resource-suite/resource-suite",
    "depends": ["microsoft_calendar", "room_booking"],
    "auto_install": True,
}
