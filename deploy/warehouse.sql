CREATE DATABASE sauda_warehouse;
